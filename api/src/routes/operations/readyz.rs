//! Whether the process can do its work, part by part.

use crate::state::{NotReady, Part, State};
use actix_web::{HttpResponse, web::Data};
use futures::future::join_all;
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::timeout;
use utoipa::ToSchema;

/// How long a part may take to say how it is.
const ASK_TIMEOUT: Duration = Duration::from_secs(2);

/// What each part says.
#[derive(Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready` or `not_ready`.
    status: &'static str,
    /// Each part by its name.
    parts: BTreeMap<&'static str, PartReadiness>,
}

/// What one part says.
#[derive(Serialize, ToSchema)]
pub(crate) struct PartReadiness {
    /// `ready` or `not_ready`.
    status: &'static str,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// More about it.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Option<Object>)]
    detail: Value,
}

/// Say whether the process can do its work, and what is wrong with which part.
#[utoipa::path(
    get, path = "/readyz", operation_id = "readyz", tag = "operations",
    responses(
        (status = 200, body = Readiness, description = "Every part works"),
        (status = 503, body = Readiness, description = "Some part does not"),
    ),
)]
pub(crate) async fn handle(state: Data<State>) -> HttpResponse {
    let said = join_all(state.parts.iter().map(ask)).await;
    let parts: BTreeMap<&'static str, PartReadiness> = said.into_iter().collect();
    let is_ready = parts.values().all(|part| part.reason.is_none());
    let mut response =
        if is_ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.json(Readiness { status: word(is_ready), parts })
}

async fn ask(part: &Part) -> (&'static str, PartReadiness) {
    let answer = timeout(ASK_TIMEOUT, (part.ask)()).await.unwrap_or_else(|_| {
        let reason = format!("it did not answer within {} s", ASK_TIMEOUT.as_secs());
        Err(NotReady { reason, detail: Value::Null })
    });
    let (reason, detail) = match answer {
        Ok(detail) => (None, detail),
        Err(NotReady { reason, detail }) => (Some(reason), detail),
    };
    (part.name, PartReadiness { status: word(reason.is_none()), reason, detail })
}

fn word(is_ready: bool) -> &'static str {
    if is_ready { "ready" } else { "not_ready" }
}
