//! A page of the container profiles of an organization.

use super::view::{Profile, ProfilePage};
use crate::{
    parameters::{self, Query},
    problem::Problem,
    routes::{listing, organizations},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use projections::{
    Model,
    profile_list::query::{self, Filter},
};

/// List the container profiles of an organization.
#[utoipa::path(
    get, path = "/v1/organizations/{id}/profiles", operation_id = "list_profiles",
    tag = "profiles",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("name" = Option<String>, Query, description = "The name contains this"),
        ("provider_id" = Option<Uuid>, Query, description = "On this provider"),
        ("image_id" = Option<Uuid>, Query, description = "With this image"),
        ("sort" = Option<String>, Query,
            description = "`name`, `-name`, `created_at` or `-created_at`"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = ProfilePage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let organization = parameters::id(&request, "id")?;
    let mut query = Query::of(&request)?;
    let filter = Filter {
        name: query.text("name"),
        provider: query.uuid("provider_id")?,
        image: query.uuid("image_id")?,
    };
    let asked = listing::asked(&request, query)?;
    let list = || query::list(&state.queries, organization, &filter, &asked.listing);
    let page = state.read(Model::ProfileList, asked.at_least, list).await?;
    if page.items.is_empty() {
        // An unknown organization is not an organization without profiles.
        organizations::view::found(&state, organization, asked.at_least).await?;
    }
    listing::answer::<_, Profile>(&asked, page)
}
