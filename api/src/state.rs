//! What the handlers are given, joined in `app.rs`.

use crate::{
    auth::Tokens,
    metrics::Metrics,
    problem::{Code, Problem},
    readiness::Part,
    routes::clusters::request::By,
};
use adapters::{clock::SystemClock, postgres::EventFeed};
use commands::{
    Writer,
    handle::{Request, Verb},
    node::impact::Impacts,
    ports::{Clock, Vault, event_log::Answer},
    secret::foreign::ForeignSecrets,
};
use domain::{Position, feed::Feed, outbound::Rules};
use projections::{
    Model,
    node_list::matching,
    page::{self, Found, Page},
    progress::Progress,
    wait::{self, wait_for},
};
use sqlx::PgPool;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::runtime::Handle;

/// How long `at_least` waits for a read model.
const AT_LEAST_MAX: Duration = Duration::from_secs(5);
/// Everything a handler may use.
pub struct State {
    /// The way in for commands.
    pub writer: Writer,
    /// What a change would do, asked of the clusters; from where commands run.
    pub impacts: Impacts,
    /// What clusters show of secrets that no Berth made; asked from where commands run.
    pub foreign_secrets: ForeignSecrets,
    /// Where secrets are; asked from where commands run (`apart`).
    pub vault: Arc<dyn Vault>,
    /// Connections for queries; the server's own, since its threads end with it.
    pub queries: PgPool,
    /// The log, for its readers.
    pub feed: EventFeed,
    /// How far the read models are that this process keeps.
    pub progress: Arc<Progress>,
    /// Who may ask.
    pub tokens: Tokens,
    /// The parts that `/readyz` asks.
    pub parts: Vec<Part>,
    /// What `/metrics` shows.
    pub metrics: Arc<Metrics>,
    /// Key of the digests of requests; the same in every process, and for ever.
    pub digest_key: [u8; 32],
    /// Where clusters may be.
    pub outbound: Rules,
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

impl Seen for matching::Preview {
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
        let answer = self.apart(async move { writer.handle(&verb, &request).await }).await??;
        self.saw(answer.position);
        Ok(answer)
    }

    /// Does something where commands run, whose connections outlive the threads of the server.
    pub(crate) async fn apart<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Problem> {
        let task = self.commands.spawn(task);
        task.await.map_err(|error| Problem::hidden(Code::Internal, &error))
    }

    /// Asks a read model, once it has come as far as the client wants, bounded. It may be kept by
    /// this process or by another.
    pub(crate) async fn read<R, F>(
        &self,
        model: Model,
        at_least: Option<Position>,
        query: impl Fn() -> F,
    ) -> Result<R, Problem>
    where
        R: Seen,
        F: Future<Output = Result<R, page::Error>>,
    {
        if let Some(wanted) = at_least {
            self.seen(model, wanted).await?;
        }
        let found = query().await?;
        self.saw(found.position());
        Ok(found)
    }

    /// Waits until a read model has seen a position, within bounds.
    pub(crate) async fn seen(&self, model: Model, wanted: Position) -> Result<(), Problem> {
        self.recorded("at_least", wanted).await?;
        Ok(wait_for(&self.queries, &self.progress, model, wanted, AT_LEAST_MAX).await?)
    }

    /// What the fields of a request are checked by.
    pub(crate) fn by(&self, request: &Request) -> By<'_> {
        let (outbound, command) = (&self.outbound, request.metadata.command_id);
        By { now: SystemClock.now(), outbound, command }
    }

    /// Refuses a position that the log does not have: to wait for it could take for ever. One that
    /// an answer has named is there.
    pub(crate) async fn recorded(&self, parameter: &str, wanted: Position) -> Result<(), Problem> {
        if wanted.0 <= self.position.load(Ordering::Relaxed) {
            return Ok(());
        }
        let head = self.feed.head().await?;
        self.saw(head);
        if wanted <= head {
            return Ok(());
        }
        let detail = format!("must be a position of the log, whose newest is {head}");
        Err(Problem::at(Code::NotYetRecorded, parameter, "position", detail))
    }

    /// Forgets what was known of a log that was set back to an older state.
    pub(crate) fn set_back(&self, head: Position) {
        self.position.store(head.0, Ordering::Relaxed);
    }

    /// Remembers how far the log is known to go.
    pub(crate) fn saw(&self, position: Position) {
        self.position.fetch_max(position.0, Ordering::Relaxed);
    }
}

impl From<wait::Error> for Problem {
    fn from(error: wait::Error) -> Self {
        match error {
            wait::Error::Behind { .. } => Self::new(Code::Behind, error),
            wait::Error::Database(_) => Self::query(&error),
        }
    }
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
