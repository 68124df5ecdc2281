//! A test as it goes on: server-sent events.

use super::Found;
use crate::{
    auth::Caller,
    headers,
    parameters::{self, Query},
    problem::Problem,
    routes::events::stream::{Wanted, open},
    state::State,
    streams::Streams,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ReqData},
};
use adapters::postgres::event_feed::Filter;
use domain::{Position, ids::ClusterId, tag::Tag};

/// The event that is the end of a test.
const END: &str = "ConnectivityTested";

/// Follow a test: each step as it is taken, as the event `ConnectivityStepTaken`, and at the end
/// `ConnectivityTested` with all of them; then the stream ends. The id of a message is the position
/// of its event. Whoever comes back after the end is answered `204`, at which a browser asks no
/// more.
#[utoipa::path(
    get, path = "/v1/connectivity-tests/{id}/stream", operation_id = "stream_connectivity_test",
    tag = "connectivity",
    params(
        ("id" = Uuid, Path, description = "The test: the cluster, where it is registered"),
        ("Last-Event-ID" = Option<i64>, Header, description = "The last position already known"),
    ),
    responses(
        (status = 200, content_type = "text/event-stream", body = String,
            description = "Messages whose data is an event as `/v1/events` shows it"),
        (status = 204, description = "Everything was told"),
    ),
)]
pub(crate) async fn handle(
    state: Data<State>,
    streams: Data<Streams>,
    caller: ReqData<Caller>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id: ClusterId = parameters::id(&request, "id")?;
    Query::of(&request)?.done()?;
    let known = headers::last_event_id(request.headers())?;
    if let Some(known) = known {
        state.recorded("last-event-id", known).await?;
    }
    let found = Found::of(&state, id).await?;
    let begin = found.first().map_or(Position::START, |event| event.position);
    let end = found.last().map_or(Position::START, |event| event.position);
    let after = known.unwrap_or(begin).max(begin);
    if !found.test.is_open() && after >= end {
        return Ok(HttpResponse::NoContent().finish());
    }
    let types = vec!["ConnectivityStepTaken".to_owned(), END.to_owned()];
    let filter = Filter { types, tag: Some(Tag::cluster(id)), ..Filter::default() };
    open(state, &streams, &caller, &request, Wanted { filter, after, last: Some(END) })
}
