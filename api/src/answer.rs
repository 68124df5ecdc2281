//! The answers that commands and lists share.

use crate::{
    headers::{self, BERTH_POSITION},
    problem::{Code, Problem},
};
use actix_web::{HttpResponse, http::header};
use commands::ports::event_log;
use domain::{Position, Version};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The answer to a command: it was recorded. Whether a cluster follows is another question.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Recorded {
    /// What the command was about, or what it made.
    id: Uuid,
    /// The version of its stream, for `If-Match`.
    version: i64,
    /// A read model at this position shows what the command did.
    position: i64,
}

#[derive(Deserialize)]
struct Made {
    id: Uuid,
}

/// `202`: recorded.
pub(crate) fn accepted(answer: &event_log::Answer) -> Result<HttpResponse, Problem> {
    Ok(recorded(HttpResponse::Accepted(), answer, made(answer)?))
}

/// `201`: made, and where it will be shown.
pub(crate) fn created(
    answer: &event_log::Answer,
    address: impl FnOnce(Uuid) -> String,
) -> Result<HttpResponse, Problem> {
    let id = made(answer)?;
    let location = format!("{}?at_least={}", address(id), answer.position);
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, location));
    Ok(recorded(response, answer, id))
}

/// A profile with its version.
pub(crate) fn profile<T: Serialize>(item: &T, version: Version, seen: Position) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(headers::entity_tag(version))
        .insert_header((BERTH_POSITION, seen.to_string()))
        .json(item)
}

/// One page of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Where the list goes on; null at its end.
    pub(crate) next_cursor: Option<String>,
}

/// A page, and how far what it was read from knows the log.
pub(crate) fn page<T: Serialize>(page: &Page<T>, seen: Position) -> HttpResponse {
    HttpResponse::Ok().insert_header((BERTH_POSITION, seen.to_string())).json(page)
}

fn recorded(
    mut response: actix_web::HttpResponseBuilder,
    answer: &event_log::Answer,
    id: Uuid,
) -> HttpResponse {
    response
        .insert_header(headers::entity_tag(answer.version))
        .insert_header((BERTH_POSITION, answer.position.to_string()))
        .json(Recorded { id, version: answer.version.0, position: answer.position.0 })
}

/// The id of the first answer, which a repeat gets again.
fn made(answer: &event_log::Answer) -> Result<Uuid, Problem> {
    let made: Made = serde_json::from_str(&answer.result)
        .map_err(|error| Problem::hidden(Code::Internal, &error))?;
    Ok(made.id)
}
