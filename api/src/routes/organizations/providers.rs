//! The providers that an organization may use: public ones, and those it is associated with.

use super::view::found;
use crate::{
    parameters::{self, Query},
    problem::Problem,
    routes::{
        listing,
        providers::{
            list,
            view::{ProviderPage, ProviderSummary},
        },
    },
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{ids::OrganizationId, scope::Scope};
use projections::{Model, provider_list::query};

/// List the providers that an organization may use.
#[utoipa::path(
    get, path = "/v1/organizations/{id}/providers", operation_id = "list_organization_providers",
    tag = "organizations",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("name" = Option<String>, Query, description = "The name contains this"),
        ("search" = Option<String>, Query,
            description = "Name or comments contain this"),
        ("kind" = Option<String>, Query, description = "`swarm` or `kubernetes`"),
        ("visibility" = Option<String>, Query, description = "`public` or `private`"),
        ("state" = Option<String>, Query, description = "`enabled` or `disabled`"),
        ("deployment_mode" = Option<String>, Query,
            description = "`single`, `active_passive` or `active_active`"),
        ("multi_cluster" = Option<bool>, Query, description = "With more than one cluster, or not"),
        ("sort" = Option<String>, Query,
            description = "`name`, `-name`, `created_at` or `-created_at`"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = ProviderPage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id::<OrganizationId>(&request, "id")?;
    let mut query = Query::of(&request)?;
    let filter = list::filter(&mut query)?;
    let asked = listing::asked(&request, query)?;
    found(&state, id, asked.at_least).await?;
    // What the organization sees, whoever asks.
    let scope = Scope::Organizations([id].into());
    let list = || query::list(&state.queries, &scope, &filter, &asked.listing);
    let page = state.read(Model::ProviderList, asked.at_least, list).await?;
    listing::answer::<_, ProviderSummary>(&asked, page)
}
