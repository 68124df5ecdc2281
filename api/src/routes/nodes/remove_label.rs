//! `RemoveNodeLabel`

use super::impact::{self, DryRun, NodeImpact};
use crate::{
    answer::{self, Recorded},
    body::{Check, Nothing},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::{
    node::remove_label::RemoveNodeLabel,
    ports::cluster::{Manner, NodeChange},
};
use domain::label::Key;

/// Remove a label that was set through Berth. Swarm stops at once what no longer matches;
/// Kubernetes lets it run.
#[utoipa::path(
    delete, path = "/v1/providers/{id}/nodes/{node_id}/labels/{key}",
    operation_id = "remove_node_label", tag = "nodes",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("node_id" = Uuid, Path, description = "The node"),
        ("key" = String, Path,
            description = "2 to 63 of `[A-Za-z0-9_.-]`, alphanumeric at both ends"),
        ("dry_run" = Option<bool>, Query,
            description = "`true`: say what it would do, and do nothing"),
    ),
    responses(
        (status = 200, body = NodeImpact, description = "With `dry_run`: what it would do"),
        (status = 202, body = Recorded, description = "Recorded"),
    ),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing, DryRun>,
) -> Result<HttpResponse, Problem> {
    let Nothing {} = asked.body;
    let provider = parameters::id(&request, "id")?;
    let node = parameters::id(&request, "node_id")?;
    let mut check = Check::default();
    let key = check.take("key", Key::parse(parameters::text(&request, "key")));
    let key = check.done(key)?;
    let change = NodeChange { remove: vec![key.clone()], ..NodeChange::default() };
    let verb = RemoveNodeLabel { provider, node, key };
    if asked.parameters.0 {
        let asked = (verb, asked.request);
        return impact::answer(&state, asked, (provider, node), change, Manner::Gentle).await;
    }
    answer::accepted(&state.command(verb, asked.request).await?)
}
