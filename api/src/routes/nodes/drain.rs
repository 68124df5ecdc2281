//! `DrainNode`

use super::impact::{self, DryRun, NodeImpact};
use crate::{
    answer::{self, Recorded},
    body::{Check, given},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use adapters::clock::SystemClock;
use commands::{
    node::drain::{DrainNode, TIME_DEFAULT, TIME_MAX},
    ports::{
        Clock,
        cluster::{Manner, NodeChange},
    },
};
use domain::{Timestamp, availability::Availability};
use serde::Deserialize;
use std::time::Duration;

/// How the node is drained.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DrainNodeRequest)]
pub(crate) struct Body {
    /// After so many seconds the drain has failed if anything is left; an hour, where nothing is
    /// said.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 86400)]
    deadline_seconds: Option<u32>,
    /// Also ends what nobody would start again elsewhere, and what has data on this node alone.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    force: Option<bool>,
}

/// Drain a node: it takes nothing new, and what runs on it is moved away. `draining` of the node
/// shows how far that is.
#[utoipa::path(
    post, path = "/v1/providers/{id}/nodes/{node_id}/drain", operation_id = "drain_node",
    tag = "nodes",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("node_id" = Uuid, Path, description = "The node"),
        ("dry_run" = Option<bool>, Query,
            description = "`true`: say what it would do, and do nothing"),
    ),
    request_body = Option<Body>,
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
    let seconds = asked.body.deadline_seconds;
    if let Some(seconds) = seconds {
        let most = u32::try_from(TIME_MAX.as_secs()).unwrap_or(u32::MAX);
        check.between("/deadline_seconds", seconds, (1, most));
    }
    check.done(Some(()))?;
    let within = seconds.map_or(TIME_DEFAULT, |seconds| Duration::from_secs(seconds.into()));
    let forced = asked.body.force.unwrap_or_default();
    let verb = DrainNode { provider, node, deadline: deadline(within), forced };
    if asked.parameters.0 {
        let manner = if forced { Manner::Forced } else { Manner::Gentle };
        let asked = (verb, asked.request);
        return impact::answer(&state, asked, (provider, node), drained(), manner).await;
    }
    answer::accepted(&state.command(verb, asked.request).await?)
}

fn drained() -> NodeChange {
    NodeChange { availability: Some(Availability::Drain), ..NodeChange::default() }
}

/// When a drain that begins now has to be over.
pub(super) fn deadline(within: Duration) -> Timestamp {
    Timestamp::new(SystemClock.now().moment() + within)
}
