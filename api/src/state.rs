//! What the handlers are given, joined in `app.rs`.

use crate::{
    auth::Tokens,
    metrics::Metrics,
    problem::{Code, Problem},
    readiness::Part,
};
use adapters::postgres::EventFeed;
use commands::{
    Writer,
    handle::{Request, Verb},
    ports::event_log::Answer,
};
use domain::Position;
use projections::page::{self, Found, Page};
use sqlx::PgPool;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::{
    runtime::Handle,
    time::{Instant, sleep},
};

/// How long `at_least` waits for a read model.
const AT_LEAST_MAX: Duration = Duration::from_secs(5);
/// The first pause between two looks at a read model; it doubles up to the longest.
const LOOK_PAUSE: Duration = Duration::from_millis(4);
/// The longest pause between two looks.
const LOOK_PAUSE_MAX: Duration = Duration::from_millis(64);

/// Everything a handler may use.
pub struct State {
    /// The way in for commands.
    pub writer: Writer,
    /// Connections for queries; the server's own, since its threads end with it.
    pub queries: PgPool,
    /// The log, for its readers.
    pub feed: EventFeed,
    /// Who may ask.
    pub tokens: Tokens,
    /// The parts that `/readyz` asks.
    pub parts: Vec<Part>,
    /// What `/metrics` shows.
    pub metrics: Arc<Metrics>,
    /// Key of the digests of requests; the same in every process, and for ever.
    pub digest_key: [u8; 32],
    /// Where commands run to their end, even if the client has gone.
    pub commands: Handle,
    /// The highest position that any answer has named.
    pub position: AtomicI64,
}

/// An answer that knows which position it is of.
pub(crate) trait Seen {
    fn position(&self) -> Position;
}

impl<R> Seen for Page<R> {
    fn position(&self) -> Position {
        self.position
    }
}

impl<R> Seen for Found<R> {
    fn position(&self) -> Position {
        self.position
    }
}

impl State {
    /// Carries out a command. It runs to its end even if the client does not wait for it.
    pub(crate) async fn command<V>(&self, verb: V, request: Request) -> Result<Answer, Problem>
    where
        V: Verb + Send + 'static,
    {
        let writer = self.writer.clone();
        let task = self.commands.spawn(async move { writer.handle(&verb, &request).await });
        let answer = task.await.map_err(|error| Problem::hidden(Code::Internal, &error))??;
        self.saw(answer.position);
        Ok(answer)
    }

    /// Asks a read model, again and again until it has come as far as the client wants, bounded.
    ///
    /// The read model may be kept by another process, so its own word is all there is to go by.
    pub(crate) async fn read<R, F>(
        &self,
        at_least: Option<Position>,
        query: impl Fn() -> F,
    ) -> Result<R, Problem>
    where
        R: Seen,
        F: Future<Output = Result<R, page::Error>>,
    {
        let until = Instant::now() + AT_LEAST_MAX;
        let mut pause = LOOK_PAUSE;
        loop {
            let found = query().await?;
            self.saw(found.position());
            match at_least {
                Some(wanted) if found.position() < wanted => {
                    if Instant::now() + pause > until {
                        return Err(behind(found.position(), wanted));
                    }
                }
                Some(_) | None => return Ok(found),
            }
            sleep(pause).await;
            pause = LOOK_PAUSE_MAX.min(pause * 2);
        }
    }

    /// Remembers how far the log is known to go.
    pub(crate) fn saw(&self, position: Position) {
        self.position.fetch_max(position.0, Ordering::Relaxed);
    }
}

fn behind(seen: Position, wanted: Position) -> Problem {
    Problem::new(Code::Behind, format!("it is at {seen}, and did not reach {wanted} in time"))
}

impl From<page::Error> for Problem {
    fn from(error: page::Error) -> Self {
        match error {
            page::Error::Database(_) => Self::query(&error),
            page::Error::Cursor => Self::at(
                Code::MalformedParameter,
                "cursor",
                "cursor",
                "must be a cursor of this list, with the same order",
            ),
            page::Error::Document(_) => Self::hidden(Code::Internal, &error),
        }
    }
}
