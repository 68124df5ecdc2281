//! Hints for the worker: something happened on this stream. Never what happened.
//!
//! A hint comes from the subject of a message; its body is not even looked at. Reconcile folds its
//! target from the log, so a hint that is lost, doubled, late or about nothing changes no outcome:
//! a sweep covers the first, and the others cost one look.
//!
//! **Invariants**
//! - [`Hints::next`] never fails and never ends. A broker that is away, a consumer or a stream that
//!   was deleted or wiped, and a broker that went silent all lead to the same: open again.
//! - What is handed out is acknowledged first; nothing waits for the worker's success.

use super::{connect::Connection, interruption::chain, stream};
use async_nats::jetstream::{
    consumer::{
        AckPolicy, DeliverPolicy,
        pull::{Config, MessagesError, MessagesErrorKind, Stream as Messages},
    },
    stream::ConsumerErrorKind,
};
use domain::StreamId;
use futures::{StreamExt, future::BoxFuture};
use std::time::Duration;
use tokio::time::sleep;
use tracing::{debug, info, warn};

/// The durable consumer that all workers of one Berth share.
pub const DURABLE: &str = "berth-worker";
/// Hints that may be handed out and not yet acknowledged.
const ACKNOWLEDGEMENTS_PENDING_MAX: i64 = 1_024;
/// How long a hint may take to be acknowledged before it is given out again.
const ACKNOWLEDGEMENT_WAIT: Duration = Duration::from_secs(30);
/// How often one hint is given out. It is acknowledged as soon as it arrives.
const DELIVERIES_MAX: i64 = 5;
/// Hints asked for at once.
const BATCH: usize = 256;
/// How long one request for hints stands; half a minute of silence is not a fault.
const REQUEST_LIFE: Duration = Duration::from_secs(30);
/// How often an idle broker says that it is there.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Heartbeats missed in a row before everything is opened again.
const HEARTBEATS_MISSED_MAX: u32 = 3;
/// From so many failures in a row on people are told. At the very first start the relay may not
/// have made the stream yet.
const FAILURES_UNTIL_TOLD: u32 = 3;
/// The first pause after something went wrong.
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// The longest pause after something went wrong.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Something happened on this stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hint {
    /// The stream.
    pub stream: StreamId,
}

/// Hints, as they come.
pub struct Hints {
    connection: Connection,
    source: Source,
    /// Heartbeats missed in a row.
    missed: u32,
    /// The pause before the next attempt to open.
    pause: Duration,
    /// Attempts to open that failed in a row.
    failed: u32,
}

/// Where hints come from.
enum Source {
    Closed,
    /// Kept here, not in `next`: a caller who gives up soon and asks again must not begin anew.
    Opening(BoxFuture<'static, Result<Messages, String>>),
    Open(Box<Messages>),
}

impl Hints {
    /// Hints over this connection. Nothing is asked of the broker before the first `next`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        let source = Source::Closed;
        Self { connection, source, missed: 0, pause: Duration::ZERO, failed: 0 }
    }

    /// The next hint, however long it takes. May be dropped and called again: at most the hint that
    /// was about to be returned is lost.
    pub async fn next(&mut self) -> Hint {
        loop {
            let next = match &mut self.source {
                Source::Closed => {
                    self.open();
                    continue;
                }
                Source::Opening(attempt) => {
                    let outcome = attempt.await;
                    self.opened(outcome);
                    continue;
                }
                Source::Open(messages) => messages.next().await,
            };
            let message = match next {
                Some(Ok(message)) => message,
                Some(Err(error)) => {
                    self.fail(&error);
                    continue;
                }
                None => {
                    self.source = Source::Closed;
                    continue;
                }
            };
            (self.missed, self.pause) = (0, Duration::ZERO);
            // A lost acknowledgement gives the hint out once more, which harms nothing.
            if let Err(error) = message.ack().await {
                debug!("could not acknowledge a hint: {error}");
            }
            match parse(&message.subject) {
                Some(hint) => return hint,
                None => debug!("no stream known here is behind {}", message.subject),
            }
        }
    }

    /// Begins an attempt to open, after the pause that the last failure asked for.
    fn open(&mut self) {
        let (connection, pause) = (self.connection.clone(), self.pause);
        self.pause = (pause * 2).clamp(PAUSE_MIN, PAUSE_MAX);
        self.source = Source::Opening(Box::pin(async move {
            sleep(pause).await;
            open(&connection).await
        }));
    }

    fn opened(&mut self, outcome: Result<Messages, String>) {
        self.source = match outcome {
            Ok(messages) => {
                info!("hints come from {}", stream::NAME);
                (self.missed, self.failed) = (0, 0);
                Source::Open(Box::new(messages))
            }
            Err(reason) => {
                self.failed = self.failed.saturating_add(1);
                if self.failed == FAILURES_UNTIL_TOLD {
                    warn!("no hints for now, the sweep does without: {reason}");
                } else {
                    debug!("no hints: {reason}");
                }
                Source::Closed
            }
        };
    }

    fn fail(&mut self, error: &MessagesError) {
        self.missed += 1;
        let patient = error.kind() == MessagesErrorKind::MissingHeartbeat;
        if !patient || self.missed >= HEARTBEATS_MISSED_MAX {
            debug!("asking for hints anew: {}", chain(error));
            self.source = Source::Closed;
        }
    }
}

async fn open(connection: &Connection) -> Result<Messages, String> {
    let stream = connection.jetstream.get_stream(stream::NAME).await.map_err(|e| chain(&e))?;
    let consumer = match stream.get_or_create_consumer(DURABLE, config()).await {
        // It is not what it must be, or half gone: a new one costs at most some hints.
        Err(error) if matches!(error.kind(), ConsumerErrorKind::JetStream(_)) => {
            debug!("making the consumer {DURABLE} anew: {}", chain(&error));
            let _gone = stream.delete_consumer(DURABLE).await;
            stream.create_consumer(config()).await
        }
        found => found,
    };
    let consumer = consumer.map_err(|error| chain(&error))?;
    let messages = consumer
        .stream()
        .max_messages_per_batch(BATCH)
        .expires(REQUEST_LIFE)
        .heartbeat(HEARTBEAT)
        .messages()
        .await;
    messages.map_err(|error| chain(&error))
}

fn config() -> Config {
    Config {
        durable_name: Some(DURABLE.to_owned()),
        description: Some("Hints for the workers of Berth; acknowledged unread".to_owned()),
        // What happened before the first worker started is found by its first sweep.
        deliver_policy: DeliverPolicy::New,
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACKNOWLEDGEMENT_WAIT,
        max_deliver: DELIVERIES_MAX,
        max_ack_pending: ACKNOWLEDGEMENTS_PENDING_MAX,
        ..Config::default()
    }
}

/// The stream behind `berth.v1.<organization id or _>.<aggregate>.<id>.<EventType>`.
fn parse(subject: &str) -> Option<Hint> {
    let mut tokens = subject.strip_prefix("berth.v1.")?.split('.');
    let (_organization, aggregate, id) = (tokens.next()?, tokens.next()?, tokens.next()?);
    let stream = format!("{aggregate}:{id}").parse().ok()?;
    Some(Hint { stream })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::NodeId;
    use uuid::Uuid;

    const NODE: Uuid = Uuid::from_u128(3);

    #[test]
    fn a_hint_is_the_stream_behind_a_subject() {
        let hint = parse(&format!("berth.v1._.node_observation.{NODE}.NodeLost"));
        assert_eq!(hint, Some(Hint { stream: StreamId::node_observation(NodeId(NODE)) }));
        let hint = parse(&format!("berth.v1.{NODE}.node.{NODE}.NodeLabeled"));
        assert_eq!(hint, Some(Hint { stream: StreamId::node(NodeId(NODE)) }));
    }

    #[test]
    fn what_names_no_known_stream_is_no_hint() {
        for subject in [
            format!("berth.v1._.submarine.{NODE}.SubmarineDived"),
            "berth.v1._.node.seven.NodeLabeled".to_owned(),
            "berth.v1._.node".to_owned(),
            "berth.v2._.node.x.NodeLabeled".to_owned(),
            String::new(),
        ] {
            assert_eq!(parse(&subject), None, "{subject}");
        }
    }
}
