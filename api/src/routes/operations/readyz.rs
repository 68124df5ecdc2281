//! Whether the process can do its work, part by part.

use crate::{
    readiness::{Condition, Part},
    state::State,
};
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
    /// The worst of all parts: `ready`, `degraded` or `not_ready`.
    status: &'static str,
    /// Each part by its name.
    parts: BTreeMap<&'static str, PartReadiness>,
}

/// What one part says.
#[derive(Serialize, ToSchema)]
pub(crate) struct PartReadiness {
    /// `ready`; `degraded`: somebody must act, but requests are answered; `not_ready`.
    status: &'static str,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// More about it.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(required = false)]
    detail: Value,
}

/// Say whether the process can do its work, and what is wrong with which part.
#[utoipa::path(
    get, path = "/readyz", operation_id = "readyz", tag = "operations",
    responses(
        (status = 200, body = Readiness, description = "Requests are answered"),
        (status = 503, body = Readiness, description = "A part is missing that all requests need"),
    ),
)]
pub(crate) async fn handle(state: Data<State>) -> HttpResponse {
    let said = join_all(state.parts.iter().map(ask)).await;
    let worst = said.iter().map(|(_, condition, _)| condition).max().cloned();
    let worst = worst.unwrap_or(Condition::Ready);
    let mut response = match worst {
        Condition::Ready | Condition::Degraded(_) => HttpResponse::Ok(),
        Condition::NotReady(_) => HttpResponse::ServiceUnavailable(),
    };
    let part = |(name, condition, detail): (_, Condition, _)| {
        let reason = condition.reason().map(str::to_owned);
        (name, PartReadiness { status: condition.word(), reason, detail })
    };
    let parts = said.into_iter().map(part).collect();
    response.json(Readiness { status: worst.word(), parts })
}

async fn ask(part: &Part) -> (&'static str, Condition, Value) {
    let answer = timeout(ASK_TIMEOUT, part.ask()).await;
    let (condition, detail) = answer.unwrap_or_else(|_| {
        let reason = format!("it did not answer within {} s", ASK_TIMEOUT.as_secs());
        (Condition::NotReady(reason), Value::Null)
    });
    (part.name, condition, detail)
}
