//! Whether the process can do its work, part by part.

use crate::state::{NotReady, Part, State};
use actix_web::{HttpResponse, web::Data};
use futures::future::join_all;
use serde::Serialize;
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
    parts: BTreeMap<&'static str, Said>,
}

/// What one part says.
#[derive(Serialize, ToSchema)]
pub(crate) struct Said {
    /// `ready` or `not_ready`.
    status: &'static str,
    /// Why it is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// More about it.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    #[schema(value_type = Object)]
    detail: serde_json::Value,
}

/// Say whether the process can do its work, and which part cannot.
#[utoipa::path(
    get, path = "/readyz", operation_id = "readyz", tag = "operations",
    responses(
        (status = 200, body = Readiness, description = "Every part is ready"),
        (status = 503, body = Readiness, description = "Some part is not"),
    ),
)]
pub(crate) async fn handle(state: Data<State>) -> HttpResponse {
    let said = join_all(state.parts.iter().map(ask)).await;
    let parts: BTreeMap<&'static str, Said> = said.into_iter().collect();
    let mut response = if parts.values().all(|said| said.reason.is_none()) {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    let status = word(parts.values().all(|said| said.reason.is_none()));
    response.json(Readiness { status, parts })
}

async fn ask(part: &Part) -> (&'static str, Said) {
    let late = || NotReady {
        reason: format!("it did not answer within {} s", ASK_TIMEOUT.as_secs()),
        detail: serde_json::Value::Null,
    };
    let answer = timeout(ASK_TIMEOUT, (part.ask)()).await.unwrap_or_else(|_| Err(late()));
    let said = match answer {
        Ok(detail) => Said { status: word(true), reason: None, detail },
        Err(NotReady { reason, detail }) => {
            Said { status: word(false), reason: Some(reason), detail }
        }
    };
    (part.name, said)
}

fn word(is_ready: bool) -> &'static str {
    if is_ready { "ready" } else { "not_ready" }
}
