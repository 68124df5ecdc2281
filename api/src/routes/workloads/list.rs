//! A page of the workloads of an organization.

use super::view::{Workload, WorkloadPage};
use crate::{
    parameters::{self, Query},
    problem::Problem,
    routes::{listing, organizations},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{Position, Version, ids::ProfileId};
use projections::{
    Model,
    page::{Found, Page},
    profile_list,
    workload_list::{
        query::{self, Filter},
        row::State as WorkloadState,
    },
};
use std::collections::BTreeMap;

/// The versions that profiles have now, which workloads may not have reached.
pub(super) async fn versions(
    state: &State,
    profiles: &[ProfileId],
    at_least: Option<Position>,
) -> Result<Found<BTreeMap<ProfileId, Version>>, Problem> {
    let look = || profile_list::query::versions(&state.queries, profiles);
    state.read(Model::ProfileList, at_least, look).await
}

fn filter(query: &mut Query) -> Result<Filter, Problem> {
    let states = WorkloadState::ALL.map(|state| (state.as_str(), state));
    Ok(Filter {
        name: query.text("name"),
        provider: query.uuid("provider_id")?,
        cluster: query.uuid("cluster_id")?,
        profile: query.uuid("profile_id")?,
        state: query.word("state", &states)?,
    })
}

/// List the workloads of an organization.
#[utoipa::path(
    get, path = "/v1/organizations/{id}/workloads", operation_id = "list_workloads",
    tag = "workloads",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("name" = Option<String>, Query, description = "The name contains this"),
        ("provider_id" = Option<Uuid>, Query, description = "On this provider"),
        ("cluster_id" = Option<Uuid>, Query, description = "On this cluster"),
        ("profile_id" = Option<Uuid>, Query, description = "Made from this profile"),
        ("state" = Option<String>, Query, description = "`requested`, `placed`, `running`, \
            `degraded`, `rejected` or `stopped`"),
        ("sort" = Option<String>, Query,
            description = "`name`, `-name`, `created_at` or `-created_at`"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = WorkloadPage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let organization = parameters::id(&request, "id")?;
    let mut query = Query::of(&request)?;
    let filter = filter(&mut query)?;
    let asked = listing::asked(&request, query)?;
    let list = || query::list(&state.queries, organization, &filter, &asked.listing);
    let page = state.read(Model::WorkloadList, asked.at_least, list).await?;
    if page.items.is_empty() {
        // An unknown organization is not an organization without workloads.
        organizations::view::found(&state, organization, asked.at_least).await?;
    }
    let profiles: Vec<ProfileId> = page.items.iter().map(|row| row.profile_id).collect();
    let profiles = versions(&state, &profiles, asked.at_least).await?;
    let position = page.position.min(profiles.position);
    let profiles = profiles.row.unwrap_or_default();
    let items = page.items.into_iter().map(|row| Workload::of(row, &profiles)).collect();
    listing::answer::<Workload, Workload>(&asked, Page { position, items, next: page.next })
}
