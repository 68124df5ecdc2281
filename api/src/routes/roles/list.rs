//! A page of the roles that hold.

use super::view::{GrantPage, told};
use crate::{parameters::Query, problem::Problem, routes::listing, state::State};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::role::Name;
use projections::{
    Model,
    access_list::query::{self, RoleFilter},
};

/// List the roles that hold.
#[utoipa::path(
    get, path = "/v1/roles", operation_id = "list_roles", tag = "access",
    params(
        ("principal_id" = Option<Uuid>, Query, description = "Of this principal"),
        ("organization_id" = Option<Uuid>, Query, description = "In this organization"),
        ("role" = Option<String>, Query, description = "`administrator`, `auditor`, \
            `organization_administrator` or `member`"),
        ("sort" = Option<String>, Query, description = "`-created_at` or `created_at`"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = GrantPage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let names = [Name::Administrator, Name::Auditor, Name::Member, Name::OrganizationAdministrator];
    let mut query = Query::of(&request)?;
    let filter = RoleFilter {
        principal: query.uuid("principal_id")?,
        organization: query.uuid("organization_id")?,
        role: query.word("role", &names.map(|name| (name.as_str(), name)))?,
    };
    let asked = listing::asked_by_time(&request, query)?;
    let list = || query::roles(&state.queries, &filter, &asked.listing);
    let page = state.read(Model::AccessList, asked.at_least, list).await?;
    let next = asked.cursor(page.next)?;
    Ok(listing::page(told(&state, page.items).await?, next, page.position))
}
