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
    pub(crate) id: Uuid,
    /// The version of its stream, for `If-Match`.
    pub(crate) version: i64,
    /// A read model at this position shows what the command did.
    pub(crate) position: i64,
}

#[derive(Deserialize)]
struct Made {
    id: Uuid,
}

/// `202`: recorded.
pub(crate) fn accepted(answer: &event_log::Answer) -> Result<HttpResponse, Problem> {
    Ok(recorded(HttpResponse::Accepted(), answer, made(answer)?, |recorded| recorded))
}

/// `202`: recorded, and what came of it in more than one word.
pub(crate) fn accepted_as<T: Serialize>(answer: &event_log::Answer, body: &T) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header(headers::entity_tag(answer.version))
        .insert_header((BERTH_POSITION, answer.position.to_string()))
        .json(body)
}

/// `201`: made, and where it will be shown.
pub(crate) fn created(
    answer: &event_log::Answer,
    address: impl FnOnce(Uuid) -> String,
) -> Result<HttpResponse, Problem> {
    created_with(answer, address, |recorded| recorded)
}

/// The same, with more to say than what was recorded.
pub(crate) fn created_with<T: Serialize>(
    answer: &event_log::Answer,
    address: impl FnOnce(Uuid) -> String,
    body: impl FnOnce(Recorded) -> T,
) -> Result<HttpResponse, Problem> {
    let id = made(answer)?;
    let location = format!("{}?at_least={}", address(id), answer.position);
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, location));
    Ok(recorded(response, answer, id, body))
}

/// A profile with its version.
pub(crate) fn profile<T: Serialize>(item: &T, version: Version, seen: Position) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(headers::entity_tag(version))
        .insert_header((BERTH_POSITION, seen.to_string()))
        .json(item)
}

/// What was worked out for this request, and how far it knows the log.
pub(crate) fn document<T: Serialize>(document: &T, seen: Position) -> HttpResponse {
    HttpResponse::Ok().insert_header((BERTH_POSITION, seen.to_string())).json(document)
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
    self::seen(page, seen)
}

/// What was found out, and how far what it was read from knows the log.
pub(crate) fn seen<T: Serialize>(found: &T, seen: Position) -> HttpResponse {
    HttpResponse::Ok().insert_header((BERTH_POSITION, seen.to_string())).json(found)
}

fn recorded<T: Serialize>(
    mut response: actix_web::HttpResponseBuilder,
    answer: &event_log::Answer,
    id: Uuid,
    body: impl FnOnce(Recorded) -> T,
) -> HttpResponse {
    response
        .insert_header(headers::entity_tag(answer.version))
        .insert_header((BERTH_POSITION, answer.position.to_string()))
        .json(body(Recorded { id, version: answer.version.0, position: answer.position.0 }))
}

/// The id of the first answer, which a repeat gets again.
pub(crate) fn made(answer: &event_log::Answer) -> Result<Uuid, Problem> {
    let made: Made = serde_json::from_str(&answer.result)
        .map_err(|error| Problem::hidden(Code::Internal, &error))?;
    Ok(made.id)
}
