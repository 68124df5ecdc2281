//! The HTTP server: what every request goes through before and after its handler.
//!
//! **Invariants**
//! - Every answer says how far it knows the log, and how a browser is to treat it.
//! - No request takes longer than its bound, reading the body included. A command that was under
//!   way then runs to its end; only its answer is lost, and a repeat gets it.

use crate::{
    body::BytesMax,
    headers::BERTH_POSITION,
    problem::{Code, Problem},
    routes,
    state::State,
    streams::{self, Line, Streams, Watching},
};
use actix_web::{
    App, Error, HttpServer,
    body::BoxBody,
    dev::{ServerHandle, ServiceRequest, ServiceResponse},
    http::header::{self, HeaderMap, HeaderName, HeaderValue},
    middleware::{Next, from_fn},
    web::Data,
};
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How every answer is to be treated: it is data, of this moment, for this client.
const TREATMENT: [(HeaderName, HeaderValue); 4] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// Where to listen, and what clients may ask for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address and port; port 0 takes any free one.
    pub address: SocketAddr,
    /// The longest body, in bytes.
    pub body_bytes_max: usize,
    /// Connections open at once.
    pub connections_max: usize,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long requests under way may go on after a stop.
    pub shutdown_timeout: Duration,
    /// What those may take who follow the log.
    pub streams: streams::Limits,
    /// Threads that answer requests.
    pub threads: usize,
}

/// A server that has its port.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    running: actix_web::dev::Server,
    streams: Arc<Streams>,
    watching: Watching,
}

/// Stops a server.
pub struct Handle {
    inner: ServerHandle,
    streams: Arc<Streams>,
}

impl Handle {
    /// Ends it: with `true`, requests under way come to their end first, and streams to theirs.
    pub async fn stop(&self, graceful: bool) {
        self.streams.stop();
        self.inner.stop(graceful).await;
    }
}

impl Server {
    /// What stops it.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle { inner: self.running.handle(), streams: Arc::clone(&self.streams) }
    }

    /// Answers requests until it is stopped.
    ///
    /// # Errors
    /// When a listener or a thread fails.
    pub async fn run(self) -> io::Result<()> {
        let outcome = self.running.await;
        drop(self.watching);
        outcome
    }
}

/// How long a request may take; kept in the application's data.
#[derive(Clone, Copy)]
struct Bound(Duration);

/// Takes the port and starts answering. Within a tokio runtime; signals are left to the caller.
///
/// # Errors
/// When the port cannot be taken.
pub fn server(settings: &Settings, state: impl Into<Data<State>>) -> io::Result<Server> {
    let state = state.into();
    let (body, bound) = (BytesMax(settings.body_bytes_max), Bound(settings.request_timeout));
    let threads = settings.threads.max(1);
    let streams = Arc::new(Streams::new(settings.streams, state.metrics.streams()));
    let watching = streams.watch(state.clone().into_inner());
    let open = Data::from(Arc::clone(&streams));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(open.clone())
            .app_data(body)
            .app_data(bound)
            .wrap(from_fn(finished))
            .configure(routes::configure)
    })
    .on_connect(|connection, data| {
        if let Some(line) = Line::of(connection) {
            data.insert(line);
        }
    })
    .workers(threads)
    .max_connections(settings.connections_max.div_ceil(threads))
    .client_request_timeout(HEAD_TIMEOUT)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(settings.shutdown_timeout.as_secs())
    .disable_signals()
    .bind(settings.address)?;
    let address = server.addrs().first().copied().unwrap_or(settings.address);
    Ok(Server { address, running: server.run(), streams, watching })
}

/// Ends a request that takes too long.
pub(crate) async fn bounded(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let bound = request.app_data::<Bound>().map_or(Duration::MAX, |bound| bound.0);
    let outer = request.request().clone();
    match timeout(bound, next.call(request)).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Ok(ServiceResponse::from_err(error, outer)),
        Err(_) => {
            let detail = format!("it took longer than {} ms", bound.as_millis());
            Ok(ServiceResponse::from_err(Problem::new(Code::TimedOut, detail), outer))
        }
    }
}

/// Gives every answer the headers that all answers have, and counts it.
async fn finished(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let begun = Instant::now();
    let mut response = next.call(request).await?;
    let state = response.request().app_data::<Data<State>>().cloned();
    let method = response.request().method().as_str().to_owned();
    let route = response.request().match_pattern().unwrap_or_default();
    let status = response.status().as_u16();
    let headers = response.headers_mut();
    for (name, value) in TREATMENT {
        headers.insert(name, value);
    }
    if let Some(state) = state {
        tell_position(headers, state.position.load(Ordering::Relaxed));
        state.metrics.answered(known(&method), &route, status, begun.elapsed());
    }
    Ok(response)
}

/// A handler that knows its own position has said it already.
fn tell_position(headers: &mut HeaderMap, position: i64) {
    if !headers.contains_key(BERTH_POSITION) {
        headers.insert(BERTH_POSITION, HeaderValue::from(position));
    }
}

/// A method that no route has is counted as one, whatever it is called.
fn known(method: &str) -> &str {
    if routes::TABLE.iter().any(|entry| entry.method.as_str() == method) { method } else { "other" }
}
