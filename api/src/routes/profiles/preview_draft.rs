//! Which nodes would match a profile that is not defined yet.

use super::{
    preview::{Preview, preview},
    request::{self, ConstraintBody},
};
use crate::{
    body::{Body, Check},
    parameters::{self, Query},
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use serde::Deserialize;

/// A draft: as much of a profile as decides which nodes match.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PreviewDraftRequest)]
pub(crate) struct Draft {
    /// A provider that the organization sees.
    #[schema(value_type = Uuid)]
    provider_id: String,
    /// What the labels of a node must be, all of it.
    #[serde(default)]
    #[schema(max_items = 32)]
    constraints: Vec<ConstraintBody>,
}

/// Count the nodes that would match, and name those that almost would. Nothing is recorded.
#[utoipa::path(
    post, path = "/v1/organizations/{id}/profiles/preview", operation_id = "preview_draft",
    tag = "profiles",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    request_body = Draft,
    responses((status = 200, body = Preview, description = "What would match")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    body: Body<Draft>,
) -> Result<HttpResponse, Problem> {
    let organization = parameters::id(&request, "id")?;
    let mut query = Query::of(&request)?;
    let at_least = query.position("at_least")?;
    query.done()?;
    let mut check = Check::default();
    let provider = check.uuid("/provider_id", &body.value.provider_id);
    let constraints = request::constraints(&mut check, body.value.constraints);
    let (provider, constraints) = check.done(provider.zip(constraints))?;
    preview(&state, organization, provider, &constraints, at_least).await
}
