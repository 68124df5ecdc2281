//! Load, decide, append: the only caller of `append`.
//!
//! Commands on one stream queue in the process, so that only another process can win a race.
//! Without `If-Match` a lost race starts over from the load: a verb only reads and decides, so
//! running it again is safe. With it, the client has seen a version and must be told that it is
//! gone.

use crate::{
    ports::{
        event_log::{self, Answer, Append, EventLog, Outcome, RequestDigest},
        vault::{self, Keep, Vault},
    },
    refusal::{Refusal, SINCE_SHOWN_MAX, Since},
    streams::Streams,
    unit::Unit,
};
use domain::{Event, StreamId, Version, kept::Kept, metadata::Metadata, recorded::Recorded};
use rand::Rng;
use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tracing::{instrument, warn};

/// How often a command is decided anew when other processes are faster.
const ATTEMPTS_MAX: u32 = 32;
/// The longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_millis(20);

/// One sentence that can be said to Berth: `LabelNode`.
pub trait Verb: Sync {
    /// The stream whose version `If-Match` means and the answer gives.
    fn subject(&self) -> StreamId;

    /// What a repeat is answered, as canonical JSON: `{"id":"…"}`.
    fn result(&self) -> String;

    /// Secret values that it brings along: they are in the vault before `run`, which finds what the
    /// log may know of them in `Unit::kept`, and are taken back if nothing is recorded.
    fn keeps(&self) -> Vec<Keep<'_>> {
        vec![]
    }

    /// Whether what it brings along may be kept at all; asked before it is, for a record that may
    /// be gone already.
    fn admit(&self, unit: &mut Unit<'_>) -> impl Future<Output = Result<(), Stop>> + Send {
        let _ = unit;
        async { Ok(()) }
    }

    /// Reads and decides; called again after a lost race.
    fn run(&self, unit: &mut Unit<'_>) -> impl Future<Output = Result<(), Stop>> + Send;
}

/// Who asks, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who and what caused it; `command_id` is the key of idempotency.
    pub metadata: Metadata,
    /// Digest of what was asked; the same command id with another digest is refused.
    pub digest: RequestDigest,
    /// From `If-Match`.
    pub expected: Option<Version>,
    /// Whether the command id came from a client, who may send it again.
    pub repeatable: bool,
}

/// Why a command has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Other processes were faster each time.
    #[error("other writers were faster {ATTEMPTS_MAX} times; try again")]
    Contended,
    /// The log did not answer.
    #[error(transparent)]
    Log(#[from] event_log::Error),
    /// A secret value could not be kept.
    #[error(transparent)]
    Vault(#[from] vault::Error),
}

/// Why a verb stopped; the same as `Error`, under the name that reads well in verbs.
pub type Stop = Error;

/// Carries commands to the log.
#[derive(Clone)]
pub struct Writer {
    streams: Arc<Streams>,
    /// None in a process that is never brought a secret.
    vault: Option<Arc<dyn Vault>>,
    queues: Arc<Queues>,
}

impl Writer {
    /// A writer over a log. One a process: the queues of its streams are its own.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>) -> Self {
        let streams = Arc::new(Streams::new(log));
        Self { streams, vault: None, queues: Arc::new(Queues::default()) }
    }

    /// The same, for commands that bring secret values along.
    #[must_use]
    pub fn keeping(self, vault: Arc<dyn Vault>) -> Self {
        Self { vault: Some(vault), ..self }
    }

    /// The log, for reading.
    #[must_use]
    pub fn log(&self) -> &dyn EventLog {
        self.streams.log()
    }

    /// Where secret values are.
    pub(crate) fn vault(&self) -> Result<&dyn Vault, vault::Error> {
        self.vault.as_deref().ok_or(vault::Error::NotKept)
    }

    /// The streams of the log, and what is remembered of them.
    pub(crate) fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Loads, decides, appends.
    ///
    /// # Errors
    /// A refusal, contention, or a log that does not answer; then nothing was recorded, except that
    /// a log that did not answer may have recorded it: the same command again gets the first
    /// answer.
    #[instrument(
        skip_all,
        fields(stream = %verb.subject(), command.id = %request.metadata.command_id)
    )]
    pub async fn handle<V: Verb>(&self, verb: &V, request: &Request) -> Result<Answer, Error> {
        let queue = self.queues.of(verb.subject());
        let _turn = queue.lock().await;
        if request.repeatable
            && let Some(answer) = self.answered(request).await?
        {
            return Ok(answer);
        }
        let kept = match self.keep(verb, request).await {
            Err(refused @ Error::Refused(_)) if request.repeatable => {
                return self.answered(request).await?.ok_or(refused);
            }
            kept => kept?,
        };
        let outcome = self.decide(verb, request, &kept).await;
        // What a log that did not answer recorded is unknown: then the vault finds out later.
        let is_in_vain = match &outcome {
            Ok(Decided { is_recorded, .. }) => !is_recorded,
            Err(Error::Refused(_) | Error::Contended) => true,
            Err(Error::Log(_) | Error::Vault(_)) => false,
        };
        if is_in_vain {
            self.take_back(&kept).await;
        }
        match outcome {
            Ok(decided) => Ok(decided.answer),
            Err(refused @ Error::Refused(_)) if request.repeatable => {
                // What it met may be its own doing: the same command, sent before and recorded only
                // now, by another process or by an append that outlived its connection.
                self.answered(request).await?.ok_or(refused)
            }
            Err(error) => Err(error),
        }
    }

    /// Decides as `handle` does, and records nothing: whether a command would be refused now.
    ///
    /// # Errors
    /// As `handle`.
    pub async fn try_out<V: Verb>(&self, verb: &V, request: &Request) -> Result<(), Error> {
        self.decided(verb, request, &[]).await.map(drop)
    }

    async fn decide<V: Verb>(
        &self,
        verb: &V,
        request: &Request,
        kept: &[Kept],
    ) -> Result<Decided, Error> {
        for attempt in 0..ATTEMPTS_MAX {
            let (outcome, events) = self.attempt(verb, request, kept).await?;
            match outcome {
                Outcome::Stored(answer) => return Ok(Decided { answer, is_recorded: events > 0 }),
                // The events of the first time may name what was brought this time.
                Outcome::Repeated(answer) => return Ok(Decided { answer, is_recorded: true }),
                Outcome::LostRace { .. } if attempt + 1 < ATTEMPTS_MAX => pause().await,
                Outcome::LostRace { .. } => {}
                Outcome::KeyReused => return Err(Refusal::KeyReused.into()),
                Outcome::NameTaken { name, by } => {
                    return Err(Refusal::NameTaken { name, by }.into());
                }
                Outcome::Referred { stream: _, by } => return Err(Refusal::Referred { by }.into()),
                Outcome::Ended { stream } => return Err(Refusal::Ended { stream }.into()),
            }
        }
        Err(Error::Contended)
    }

    async fn keep<V: Verb>(&self, verb: &V, request: &Request) -> Result<Vec<Kept>, Error> {
        let values = verb.keeps();
        if values.is_empty() {
            return Ok(vec![]);
        }
        let vault = self.vault.as_deref().ok_or(vault::Error::NotKept)?;
        verb.admit(&mut Unit::new(&self.streams, request.metadata.command_id, &[])).await?;
        Ok(vault.put(request.metadata.command_id, &values).await?)
    }

    /// Nothing names these versions; where they cannot be taken back now, the vault finds them.
    async fn take_back(&self, kept: &[Kept]) {
        let Some(vault) = self.vault.as_deref().filter(|_| !kept.is_empty()) else { return };
        if let Err(error) = vault.take_back(kept).await {
            warn!("could not take back what a refused command brought: {error}");
        }
    }

    /// What a request was answered that came before, if it did.
    pub(crate) async fn repeated(&self, request: &Request) -> Result<Option<Answer>, Error> {
        if request.repeatable { self.answered(request).await } else { Ok(None) }
    }

    async fn answered(&self, request: &Request) -> Result<Option<Answer>, Error> {
        match self.log().answered(request.metadata.command_id).await? {
            Some(found) if found.request == request.digest => Ok(Some(found.answer)),
            Some(_) => Err(Refusal::KeyReused.into()),
            None => Ok(None),
        }
    }

    /// Decides once, and appends. Answers what came of it, and how many events there were.
    async fn attempt<V: Verb>(
        &self,
        verb: &V,
        request: &Request,
        kept: &[Kept],
    ) -> Result<(Outcome, usize), Error> {
        let subject = verb.subject();
        let unit = self.decided(verb, request, kept).await?;
        let append = Append {
            metadata: request.metadata.clone(),
            request: request.digest,
            result: verb.result(),
            subject,
            expected: unit.expected.into_iter().collect(),
            referrers: unit.referrers.into_iter().collect(),
            events: unit.events,
            free: unit.free,
            take: unit.take,
            unrefer: unit.unrefer,
            refer: unit.refer,
            end: unit.end,
        };
        let events = append.events.len();
        Ok((self.log().append(append).await?, events))
    }

    /// What a command comes to, as the log is now.
    async fn decided<'a, V: Verb>(
        &'a self,
        verb: &V,
        request: &Request,
        kept: &'a [Kept],
    ) -> Result<Unit<'a>, Error> {
        let subject = verb.subject();
        let mut unit = Unit::new(&self.streams, request.metadata.command_id, kept);
        if let Some(expected) = request.expected {
            unit.read(subject).await?;
            self.check(subject, expected, unit.expected.get(&subject).copied()).await?;
        }
        verb.run(&mut unit).await?;
        Ok(unit)
    }

    async fn check(
        &self,
        subject: StreamId,
        expected: Version,
        current: Option<Version>,
    ) -> Result<(), Error> {
        let current = current.unwrap_or(Version::NONE);
        if current == expected {
            return Ok(());
        }
        let events = self.log().load(subject, expected).await?;
        let since = events.iter().take(SINCE_SHOWN_MAX).map(since).collect();
        Err(Refusal::VersionGone { expected, current, since }.into())
    }
}

/// An answer, and whether events were recorded with it.
struct Decided {
    answer: Answer,
    is_recorded: bool,
}

/// A lost race is over in a few milliseconds; a random pause keeps two losers apart.
async fn pause() {
    let longest = u64::try_from(PAUSE_MAX.as_micros()).unwrap_or(u64::MAX);
    let micros = rand::rng().random_range(0..longest);
    tokio::time::sleep(Duration::from_micros(micros)).await;
}

fn since(event: &Recorded<Event>) -> Since {
    let data = serde_json::to_value(&event.payload).unwrap_or_default();
    let fields = data.as_object().map(|data| data.keys().cloned().collect()).unwrap_or_default();
    Since {
        actor: event.metadata.actor,
        at: event.recorded_at,
        r#type: event.payload.r#type(),
        fields,
    }
}

/// One queue a stream, for as long as somebody waits in it.
#[derive(Default)]
struct Queues(Mutex<HashMap<StreamId, Arc<tokio::sync::Mutex<()>>>>);

impl Queues {
    /// Swept when the table has grown to this.
    const SWEPT_AT: usize = 4096;

    fn of(&self, stream: StreamId) -> Arc<tokio::sync::Mutex<()>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if queues.len() >= Self::SWEPT_AT {
            queues.retain(|_, queue| Arc::strong_count(queue) > 1);
        }
        Arc::clone(queues.entry(stream).or_default())
    }
}
