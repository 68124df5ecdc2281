//! A page of the providers.

use super::view::{ProviderPage, ProviderSummary};
use crate::{auth::Caller, parameters::Query, problem::Problem, routes::listing, state::State};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ReqData},
};
use domain::provider::{DeploymentMode, Kind, Visibility};
use projections::{
    Model,
    provider_list::{
        query::{self, Filter},
        row,
    },
};

/// The filters of a list of providers that any caller may use.
pub(in crate::routes) fn filter(query: &mut Query) -> Result<Filter, Problem> {
    let kinds = [("swarm", Kind::Swarm), ("kubernetes", Kind::Kubernetes)];
    let visibilities = [("public", Visibility::Public), ("private", Visibility::Private)];
    let modes = [
        ("single", DeploymentMode::Single),
        ("active_passive", DeploymentMode::ActivePassive),
        ("active_active", DeploymentMode::ActiveActive),
    ];
    let states = [row::State::Disabled, row::State::Enabled].map(|state| (state.as_str(), state));
    Ok(Filter {
        name: query.text("name"),
        search: query.text("search"),
        kind: query.word("kind", &kinds)?,
        visibility: query.word("visibility", &visibilities)?,
        state: query.word("state", &states)?,
        deployment_mode: query.word("deployment_mode", &modes)?,
        multi_cluster: query.word("multi_cluster", &[("true", true), ("false", false)])?,
        ..Filter::default()
    })
}

/// List providers: all of them, or those that the caller's organizations may use.
#[utoipa::path(
    get, path = "/v1/providers", operation_id = "list_providers", tag = "providers",
    params(
        ("name" = Option<String>, Query, description = "The name contains this"),
        ("search" = Option<String>, Query,
            description = "Name or comments contain this, or a cluster's name that is shown"),
        ("kind" = Option<String>, Query, description = "`swarm` or `kubernetes`"),
        ("visibility" = Option<String>, Query, description = "`public` or `private`"),
        ("state" = Option<String>, Query, description = "`enabled` or `disabled`"),
        ("deployment_mode" = Option<String>, Query,
            description = "`single`, `active_passive` or `active_active`"),
        ("multi_cluster" = Option<bool>, Query, description = "With more than one cluster, or not"),
        ("associable_to" = Option<Uuid>, Query,
            description = "Private ones that this organization is not associated with yet"),
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
    caller: ReqData<Caller>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let filter = Filter { associable_to: query.uuid("associable_to")?, ..filter(&mut query)? };
    let asked = listing::asked(&request, query)?;
    let scope = caller.scope();
    let list = || query::list(&state.queries, &scope, &filter, &asked.listing);
    let page = state.read(Model::ProviderList, asked.at_least, list).await?;
    listing::answer::<_, ProviderSummary>(&asked, page)
}
