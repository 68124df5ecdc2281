//! The log as it grows: server-sent events.
//!
//! The id of each message is the position of its event, so a reader that was cut off sends the last
//! one in `Last-Event-ID` and goes on behind it: no event twice, and none left out. Where a filter
//! lets nothing through, the id alone moves on.

use super::{filter, touched, view};
use crate::{
    auth::{self, Caller},
    headers,
    parameters::Query,
    problem::{Code, Problem},
    state::State,
    streams::{Line, Place, Streams},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web::{Bytes, Data, ReqData},
};
use adapters::{event_json::EventJson, postgres::event_feed::Filter};
use domain::{Position, recorded::Stored, scope::Scope};
use futures::stream;
use std::{convert::Infallible, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout},
};
use tracing::debug;

/// Events of one page: what a reader may leave lying.
const PAGE: u16 = 100;
/// How often a reader is asked for its token again.
const ADMISSION: Duration = Duration::from_secs(1);
/// How long nothing may be said, so that proxies and readers know the stream is alive.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// When a reader that was cut off is to come back.
const RETRY: &str = "retry: 2000\n\n";

/// Why a stream came to its end.
enum End {
    /// The reader has gone.
    Gone,
    /// There is no more to say.
    Over,
    /// The reader does not read.
    Stalled,
    /// The log does not answer.
    Failed,
    /// The reader's token is no longer valid.
    Refused,
}

/// Follow the log: each event as a server-sent event whose id is its position, from `Last-Event-ID`
/// or `after` on, or from now on where neither is given. Members of organizations see what touched
/// these. A stream ends within a second after its token was revoked.
#[utoipa::path(
    get, path = "/v1/events/stream", operation_id = "stream_events", tag = "events",
    params(
        ("Last-Event-ID" = Option<i64>, Header, description = "The last position already known; \
            it goes before `after`"),
        ("after" = Option<i64>, Query, description = "The last position already known; 0 for the \
            beginning"),
        ("type" = Option<String>, Query, description = "Types of events, separated by commas"),
        ("actor" = Option<Uuid>, Query, description = "The principal who acted"),
        ("tag" = Option<String>, Query, description = "What the events touched: `provider:<id>`"),
        ("since" = Option<String>, Query, format = DateTime, description = "Recorded at this time \
            or later"),
        ("until" = Option<String>, Query, format = DateTime, description = "Recorded before this \
            time"),
    ),
    responses((status = 200, content_type = "text/event-stream", body = String,
        description = "Messages whose data is an event as `/v1/events` shows it")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    streams: Data<Streams>,
    caller: ReqData<Caller>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let after = query.position("after")?;
    let filter = Filter { tag: touched(&mut query)?, ..filter(&mut query)? };
    query.done()?;
    let last = headers::last_event_id(request.headers())?;
    let given = last.map(|last| ("last-event-id", last)).or(after.map(|after| ("after", after)));
    let after = match given {
        Some((name, position)) => state.recorded(name, position).await.map(|()| position)?,
        None => view::head(&state, None).await?,
    };
    let wanted = Wanted { filter, after, last: None };
    open(state, &streams, &caller, &request, wanted)
}

/// What a stream is to carry.
pub(in crate::routes) struct Wanted {
    /// Which events.
    pub(in crate::routes) filter: Filter,
    /// From behind this position.
    pub(in crate::routes) after: Position,
    /// The type of the event that is its end, where it has one.
    pub(in crate::routes) last: Option<&'static str>,
}

/// Opens a stream of events.
pub(in crate::routes) fn open(
    state: Data<State>,
    streams: &Streams,
    caller: &Caller,
    request: &HttpRequest,
    wanted: Wanted,
) -> Result<HttpResponse, Problem> {
    let Wanted { filter, after: at, last } = wanted;
    let place = streams.enter().ok_or_else(|| {
        Problem::new(Code::TooManyStreams, "as many streams are open as this server allows")
    })?;
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/event-stream")
        .insert_header((headers::BERTH_POSITION, at.to_string()))
        // A proxy that collects what it passes on would hold events back.
        .insert_header((header::HeaderName::from_static("x-accel-buffering"), "no"));
    if request.method() == Method::HEAD {
        return Ok(response.finish());
    }
    let (pages, taken) = mpsc::channel(1);
    let line = request.conn_data::<Line>().cloned();
    let token = auth::bearer(request.headers()).unwrap_or_default().to_owned();
    let scope = caller.scope();
    let now = Instant::now();
    let reader =
        Reader { state, place, line, filter, at, last, pages, token, scope, asked: now, said: now };
    actix_web::rt::spawn(reader.run());
    Ok(response.streaming(stream::unfold(taken, |mut taken| async {
        let page: Bytes = taken.recv().await?;
        Some((Ok::<_, Infallible>(page), taken))
    })))
}

/// One reader, and how far it has come.
struct Reader {
    state: Data<State>,
    place: Place,
    line: Option<Line>,
    filter: Filter,
    at: Position,
    last: Option<&'static str>,
    pages: mpsc::Sender<Bytes>,
    token: String,
    scope: Scope,
    /// When the token was last known to be valid.
    asked: Instant,
    /// When anything was last said.
    said: Instant,
}

impl Reader {
    async fn run(mut self) {
        let (pages, stopped) = (self.pages.clone(), self.place.stopped());
        let set_back = self.place.set_back();
        let end = tokio::select! {
            end = self.follow() => end,
            () = set_back => {
                drop(pages.try_send(Bytes::from_static(b": the log was set back\n\n")));
                return;
            }
            () = stopped => {
                drop(pages.try_send(Bytes::from_static(b": this server stops\n\n")));
                return;
            }
        };
        match end {
            End::Gone | End::Over => {}
            End::Refused => drop(pages.try_send(Bytes::from_static(b": the token has ended\n\n"))),
            End::Failed => drop(pages.try_send(Bytes::from_static(b": try again\n\n"))),
            End::Stalled => {
                self.place.cut();
                debug!("cut a reader off that left events lying at position {}", self.at);
                if let Some(line) = &self.line {
                    line.hang_up();
                }
            }
        }
    }

    async fn follow(&mut self) -> End {
        if let Err(end) = self.say(RETRY.to_owned()).await {
            return end;
        }
        loop {
            let read = self.state.feed.matching(&self.scope, self.at, &self.filter, PAGE);
            let found = match read.await {
                Ok(found) => found,
                Err(error) => {
                    debug!(error = %error, "a stream could not read the log");
                    return End::Failed;
                }
            };
            let moved = found.seen > self.at;
            self.at = found.seen;
            let page: String = found.events.iter().filter_map(message).collect();
            let is_over = found.events.iter().any(|event| Some(event.r#type.as_str()) == self.last);
            let told = if page.is_empty() { Ok(()) } else { self.say(page).await };
            if is_over {
                return told.err().unwrap_or(End::Over);
            }
            let waited = match told {
                Ok(()) if moved => self.stay().await,
                Ok(()) => self.wait().await,
                Err(end) => Err(end),
            };
            if let Err(end) = waited {
                return end;
            }
        }
    }

    /// Hands a page over, as soon as the one before it was taken.
    async fn say(&mut self, page: String) -> Result<(), End> {
        self.said = Instant::now();
        match timeout(self.place.stall_timeout, self.pages.send(page.into())).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Stalled),
        }
    }

    /// Returns when there is more to read.
    async fn wait(&mut self) -> Result<(), End> {
        loop {
            tokio::select! {
                () = self.place.grown(self.at) => return self.stay().await,
                () = self.pages.closed() => return Err(End::Gone),
                () = sleep(ADMISSION) => self.stay().await?,
            }
        }
    }

    /// What is due from time to time, whether there are events or not. A token may be revoked, and
    /// a role too; and where nothing is said for long, the id goes on alone.
    async fn stay(&mut self) -> Result<(), End> {
        if self.asked.elapsed() >= ADMISSION {
            if self.line.as_ref().is_some_and(Line::has_ended) {
                return Err(End::Gone);
            }
            let caller = self.state.tokens.caller(&self.token, None).await;
            self.scope = caller.ok().flatten().ok_or(End::Refused)?.scope();
            self.asked = Instant::now();
        }
        if self.said.elapsed() >= SILENCE_MAX {
            return self.say(format!("id: {}\n\n", self.at)).await;
        }
        Ok(())
    }
}

/// An event as a message. Its JSON has no line breaks, since they are escaped in texts.
fn message(event: &Stored) -> Option<String> {
    let json = serde_json::to_string(&EventJson(event)).ok()?;
    Some(format!("id: {}\ndata: {json}\n\n", event.position))
}
