//! `LabelNode`

use super::impact::{self, DryRun, NodeImpact};
use crate::{
    answer::{self, Recorded},
    body::Check,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::{
    node::label::LabelNode,
    ports::cluster::{Manner, NodeChange},
};
use domain::label::{Key, Value};
use serde::Deserialize;

/// The label's value.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LabelNodeRequest)]
pub(crate) struct Body {
    /// 1 to 63 of `[A-Za-z0-9_.-]`, alphanumeric at both ends.
    #[schema(min_length = 1, max_length = 63)]
    value: String,
}

/// Set a label of a node. Swarm stops at once what no longer matches; Kubernetes lets it run.
#[utoipa::path(
    put, path = "/v1/providers/{id}/nodes/{node_id}/labels/{key}", operation_id = "label_node",
    tag = "nodes",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("node_id" = Uuid, Path, description = "The node"),
        ("key" = String, Path,
            description = "2 to 63 of `[A-Za-z0-9_.-]`, alphanumeric at both ends"),
        ("dry_run" = Option<bool>, Query,
            description = "`true`: say what it would do, and do nothing"),
    ),
    request_body = Body,
    responses(
        (status = 200, body = NodeImpact, description = "With `dry_run`: what it would do"),
        (status = 202, body = Recorded, description = "Recorded"),
    ),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body, DryRun>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id(&request, "id")?;
    let node = parameters::id(&request, "node_id")?;
    let mut check = Check::default();
    let key = check.take("key", Key::parse(parameters::text(&request, "key")));
    let value = check.take("/value", Value::parse(&asked.body.value));
    let (key, value) = check.done(key.zip(value))?;
    let change = NodeChange { set: [(key.clone(), value.clone())].into(), ..Default::default() };
    let verb = LabelNode { provider, node, key, value };
    if asked.parameters.0 {
        let asked = (verb, asked.request);
        return impact::answer(&state, asked, (provider, node), change, Manner::Gentle).await;
    }
    answer::accepted(&state.command(verb, asked.request).await?)
}
