//! A page of the secrets of a provider, without their values.

use super::view::{Secret, SecretPage, used};
use crate::{
    parameters::{self, Query},
    problem::Problem,
    routes::{listing, providers},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::ids::ProviderId;
use projections::{
    Model,
    page::Page,
    secret_list::query::{self, Filter},
};

/// List the secrets of a provider, without their values.
#[utoipa::path(
    get, path = "/v1/providers/{id}/secrets", operation_id = "list_secrets", tag = "secrets",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("name" = Option<String>, Query, description = "The name contains this"),
        ("sort" = Option<String>, Query,
            description = "`name`, `-name`, `created_at` or `-created_at`"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = SecretPage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let mut query = Query::of(&request)?;
    let filter = Filter { provider: Some(provider), name: query.text("name") };
    let asked = listing::asked(&request, query)?;
    let list = || query::list(&state.queries, &filter, &asked.listing);
    let Page { position, items, next } =
        state.read(Model::SecretList, asked.at_least, list).await?;
    if items.is_empty() {
        // An unknown provider is not a provider without secrets.
        providers::view::found(&state, provider, asked.at_least).await?;
    }
    let items = used(&state, items).await?;
    listing::answer::<_, Secret>(&asked, Page { position, items, next })
}
