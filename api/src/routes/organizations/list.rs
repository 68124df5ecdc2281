//! A page of the organizations.

use super::view::{Organization, OrganizationPage};
use crate::{auth::Caller, parameters::Query, problem::Problem, routes::listing, state::State};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ReqData},
};
use projections::{
    Model,
    organization_list::query::{self, Filter},
};

/// List organizations: all of them, or the caller's own.
#[utoipa::path(
    get, path = "/v1/organizations", operation_id = "list_organizations", tag = "organizations",
    params(
        ("name" = Option<String>, Query, description = "The name contains this"),
        ("sort" = Option<String>, Query,
            description = "`name`, `-name`, `created_at` or `-created_at`"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = OrganizationPage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    caller: ReqData<Caller>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let filter = Filter { name: query.text("name") };
    let asked = listing::asked(&request, query)?;
    let scope = caller.scope();
    let list = || query::list(&state.queries, &scope, &filter, &asked.listing);
    let page = state.read(Model::OrganizationList, asked.at_least, list).await?;
    listing::answer::<_, Organization>(&asked, page)
}
