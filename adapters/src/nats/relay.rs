//! The relay: publishes the log to the stream, in order and once.
//!
//! It finds its place from the stream, publishes from there, and whenever anything is not as
//! expected it looks at the stream again. There is no other path: a restart, a second relay, a
//! broker that came back, one that lost its tail and one that was wiped all go through it.
//!
//! **Invariants**
//! - Dropping the relay at any point, or killing its process, harms nothing. So does a second relay
//!   at the same time: the broker takes each event from whoever comes first, and only after the one
//!   before it. That there is usually one only ([`crate::postgres::sole`]) saves work.
//! - Nothing is skipped. What cannot be published stops the relay and raises an alarm.
//! - Each page overlaps the one before by one event, so a log that was restored under a running
//!   relay is noticed before the next event is published.
//! - Everything is tried again, with a bounded pause; an alarm clears once its cause is gone.

use super::{
    broker, cloud_event,
    connect::{ACKNOWLEDGEMENTS_PENDING_MAX, Connection},
    health::{Alarm, Health, Report},
    interruption::{Interruption, broker, log},
    memory::Memory,
    place::{self, End, Place, Remembered},
    publish::{First, publish},
    stream::{self, Limits},
};
use async_nats::jetstream::stream::Stream;
use domain::{Position, feed::Feed, recorded::Stored};
use std::{convert::Infallible, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};
use tracing::{debug, error, info, warn};

/// Events published before the first of them must be acknowledged.
pub const WINDOW: u16 = 256;
/// How often an idle relay looks whether the stream still ends where it left it.
pub const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// How often the position is noted beside the stream while events flow.
const NOTE_INTERVAL: Duration = Duration::from_secs(1);
/// The first pause after something went wrong.
const PAUSE_MIN: Duration = Duration::from_millis(20);
/// The longest pause.
pub const PAUSE_MAX: Duration = Duration::from_secs(5);
/// The pause before a stream that vanished is made anew. The broker says that it is gone while it
/// still deletes its files; one that is made at that moment takes over its last sequence, and may
/// lose its own files (seen on nats-server 2.9.10).
const REMAKE_PAUSE: Duration = Duration::from_secs(2);
/// Rounds in a row that may end at one place before that is an alarm.
const FRUITLESS_ROUNDS_MAX: u32 = 5;

const _: () = assert!((WINDOW as usize) < ACKNOWLEDGEMENTS_PENDING_MAX);

/// What a relay needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Names this Berth among others; part of every event's `source`.
    pub instance: String,
    /// Age, size and discard policy of the stream.
    pub limits: Limits,
    /// The first event to be published to a new or wiped stream.
    pub start: Position,
    /// Events published before the first of them must be acknowledged; at most [`WINDOW`].
    pub window: u16,
    /// How often an idle relay looks at the end of the stream.
    pub look_interval: Duration,
    /// The longest pause after something went wrong.
    pub pause_max: Duration,
}

impl Settings {
    /// Everything from the first event on, at the usual pace.
    #[must_use]
    pub fn new(instance: impl Into<String>, limits: Limits) -> Self {
        Self {
            instance: instance.into(),
            limits,
            start: Position(1),
            window: WINDOW,
            look_interval: LOOK_INTERVAL,
            pause_max: PAUSE_MAX,
        }
    }
}

/// Publishes the log.
pub struct Relay<F, M> {
    connection: Connection,
    feed: F,
    memory: M,
    settings: Settings,
    source: String,
    report: watch::Sender<Report>,
}

/// What the rounds have in common: whether they come further.
#[derive(Default)]
struct Progress {
    place: Option<Place>,
    fruitless: u32,
    /// Whether a stream of that name may have been there: the broker said other than that it is
    /// missing.
    seen: bool,
    /// Whether the stream was found missing, and no place in a new one was found since.
    missing: bool,
    /// When the position was last noted beside the stream, and which.
    noted: Option<(Instant, Position)>,
}

impl<F: Feed, M: Memory> Relay<F, M> {
    /// A relay, and how it is. It begins with [`Relay::run`].
    pub fn new(
        connection: Connection,
        feed: F,
        memory: M,
        settings: Settings,
    ) -> (Self, watch::Receiver<Report>) {
        let first = Report { health: Health::Standby, published: Position::START };
        let (report, reports) = watch::channel(first);
        let source = cloud_event::source(&settings.instance);
        (Self { connection, feed, memory, settings, source, report }, reports)
    }

    /// Publishes for ever. May be dropped at any point, and run again.
    pub async fn run(&self) -> Infallible {
        let _standby = Standby(&self.report);
        self.tell(Health::Starting);
        let mut progress = Progress::default();
        let mut pause = PAUSE_MIN;
        let mut connects = self.connection.connects.clone();
        loop {
            let before = progress.place;
            let Err(interruption) = self.round(&mut progress).await;
            if progress.place == before {
                progress.fruitless = progress.fruitless.saturating_add(1);
            } else {
                progress.fruitless = 0;
                pause = PAUSE_MIN;
            }
            self.tell_of(interruption, &progress);
            tokio::select! {
                () = sleep(pause) => {}
                () = changed(&mut connects) => {}
            }
            pause = (pause * 2).min(self.settings.pause_max);
        }
    }

    /// Finds the place and publishes from it, until something is not as expected.
    async fn round(&self, progress: &mut Progress) -> Result<Infallible, Interruption> {
        loop {
            let mut connects = self.connection.connects.clone();
            connects.mark_unchanged();
            let stream = self.stream(progress).await?;
            let info = stream.cached_info();
            let created = info.created.to_string();
            if progress.missing && info.state.messages == 0 {
                let position = Position(self.settings.start.0 - 1);
                let sequence = info.state.last_sequence;
                self.remember(&created, &Place { position, id: None, sequence }).await?;
            }
            let place = self.find(&stream).await?;
            (progress.place, progress.missing) = (Some(place), false);
            self.follow(&created, progress, place, &mut connects).await?;
        }
    }

    /// The stream; a new one where it is missing.
    async fn stream(&self, progress: &mut Progress) -> Result<Stream, Interruption> {
        let (jetstream, limits) = (&self.connection.jetstream, &self.settings.limits);
        let found = stream::find(jetstream, limits).await;
        let missing = matches!(found, Ok(None));
        if missing && progress.seen {
            sleep(REMAKE_PAUSE).await;
        }
        progress.missing |= missing;
        progress.seen |= !missing;
        match found? {
            Some(stream) => Ok(stream),
            None => Ok(stream::make(jetstream, limits).await?),
        }
    }

    /// Publishes until it is time to look at the stream again, because it was idle for a while or
    /// the connection was made anew.
    async fn follow(
        &self,
        created: &str,
        progress: &mut Progress,
        found: Place,
        connects: &mut watch::Receiver<u64>,
    ) -> Result<(), Interruption> {
        let mut place = found;
        let mut first = First::Unchained;
        let mut looked = Instant::now();
        loop {
            let events = self.page(&place).await?;
            if !events.is_empty() {
                let jetstream = &self.connection.jetstream;
                let outcome = publish(jetstream, &self.source, place, first, &events).await;
                place = outcome.place;
                progress.place = Some(place);
                if let Some(stopped) = outcome.stopped {
                    return Err(stopped.into_interruption(place.position));
                }
                (first, looked) = (First::Chained, Instant::now());
            }
            self.tell_published(place.position);
            self.note(created, progress, &place).await?;
            if !events.is_empty() {
                continue;
            }
            tokio::select! {
                () = self.feed.grown(place.position) => {}
                () = sleep_until(looked + self.settings.look_interval) => return Ok(()),
                () = changed(connects) => return Ok(()),
            }
        }
    }

    /// The events after the place. One more is read, the place's own, to see that it is still what
    /// it was.
    async fn page(&self, place: &Place) -> Result<Vec<Stored>, Interruption> {
        let Some(id) = place.id else {
            return dense(place.position, self.read(place.position, self.settings.window).await?);
        };
        let before = Position(place.position.0 - 1);
        let mut events = dense(before, self.read(before, self.settings.window + 1).await?)?;
        match events.first() {
            Some(event) if event.id == id => {
                events.remove(0);
                Ok(events)
            }
            Some(_) => Err(Interruption::Alarm(Alarm::Diverged { position: place.position })),
            None => {
                let head = self.head().await?;
                let published = place.position;
                Err(Interruption::Alarm(Alarm::AheadOfLog { published, head }))
            }
        }
    }

    /// Where to go on, or the alarm.
    async fn find(&self, stream: &Stream) -> Result<Place, Interruption> {
        let seen = broker::look(stream, &self.source).await.map_err(|e| broker(&e))?;
        let remembered = self.memory.recall(stream::NAME).await.map_err(|e| log(&e))?;
        let remembered = remembered.as_ref();
        if let End::Foreign { before, .. } = seen.end
            && let Some(what) = place::to_remember(&seen, remembered, before)
        {
            self.memory.remember(stream::NAME, &what).await.map_err(|e| log(&e))?;
        }
        let candidate = place::candidate(&seen, remembered, self.settings.start)?;
        let before = Position(candidate.position.0 - 1);
        let at = match candidate.position {
            Position::START => None,
            position => {
                let event = self.read(before, 1).await?.into_iter().next();
                event.filter(|event| event.position == position)
            }
        };
        let head = match &at {
            Some(event) => event.position,
            None => self.head().await?,
        };
        let place = place::confirm(&candidate, at.map(|event| event.id), head)?;
        let fits = remembered.filter(|r| r.created == seen.created && r.offset == place.offset());
        match fits.filter(|memory| memory.foreign.is_none()) {
            Some(memory) if memory.position > place.position => {
                let (had, has) = (memory.position, place.position);
                warn!("NATS lost events: it held {had} and holds {has}; publishing them again");
            }
            Some(_) => return Ok(place),
            None => info!("publishing to a stream that goes on after position {}", place.position),
        }
        self.remember(&seen.created, &place).await?;
        Ok(place)
    }

    async fn read(&self, after: Position, limit: u16) -> Result<Vec<Stored>, Interruption> {
        self.feed.after(after, limit).await.map_err(|error| log(&error))
    }

    async fn head(&self) -> Result<Position, Interruption> {
        self.feed.head().await.map_err(|error| log(&error))
    }

    /// Notes the position beside the stream from time to time. Nothing but a message to people
    /// depends on it.
    async fn note(
        &self,
        created: &str,
        progress: &mut Progress,
        place: &Place,
    ) -> Result<(), Interruption> {
        let now = Instant::now();
        let (noted, position) = *progress.noted.get_or_insert((now, place.position));
        if position == place.position || now - noted < NOTE_INTERVAL {
            return Ok(());
        }
        progress.noted = Some((now, place.position));
        self.remember(created, place).await
    }

    async fn remember(&self, created: &str, place: &Place) -> Result<(), Interruption> {
        let what = Remembered {
            created: created.to_owned(),
            offset: place.offset(),
            position: place.position,
            foreign: None,
        };
        self.memory.remember(stream::NAME, &what).await.map_err(|error| log(&error))
    }

    fn tell_published(&self, position: Position) {
        self.tell(Health::Publishing);
        self.report.send_if_modified(|report| {
            std::mem::replace(&mut report.published, position) != position
        });
    }

    fn tell_of(&self, interruption: Interruption, progress: &Progress) {
        let after = progress.place.map_or(Position::START, |place| place.position);
        match interruption {
            Interruption::Alarm(alarm) => self.tell(Health::Alarm(alarm)),
            Interruption::Broker(reason) => self.tell(Health::BrokerUnreachable(reason)),
            Interruption::Log(reason) => self.tell(Health::LogUnreachable(reason)),
            // This is how two relays, a restart or a broker that came back look from here.
            Interruption::PlaceLost(reason) => {
                debug!("looking for the place again: {reason}");
                if progress.fruitless >= FRUITLESS_ROUNDS_MAX {
                    self.tell(Health::Alarm(Alarm::Refused { after, reason }));
                }
            }
        }
    }

    /// Says how the relay is, and logs it where that is news.
    fn tell(&self, health: Health) {
        let news = self.report.send_if_modified(|report| {
            let news = report.health != health;
            report.health.clone_from(&health);
            news
        });
        if !news {
            return;
        }
        match health {
            Health::Standby | Health::Starting => debug!("the relay is {}", health.word()),
            Health::Publishing => info!("the relay is publishing"),
            Health::BrokerUnreachable(reason) => warn!("the relay waits for NATS: {reason}"),
            Health::LogUnreachable(reason) => warn!("the relay waits for the log: {reason}"),
            Health::Alarm(alarm) => error!("the relay has stopped: {alarm}"),
        }
    }
}

/// Says that the relay waits for its turn, once `run` is dropped.
struct Standby<'a>(&'a watch::Sender<Report>);

impl Drop for Standby<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|report| report.health = Health::Standby);
    }
}

/// Events whose positions follow `after` one by one.
fn dense(after: Position, events: Vec<Stored>) -> Result<Vec<Stored>, Interruption> {
    let expected = (after.0 + 1..).map(Position);
    match events.iter().zip(expected).find(|(event, expected)| event.position != *expected) {
        None => Ok(events),
        Some((_, missing)) => Err(Interruption::Alarm(Alarm::Hole { missing })),
    }
}

/// Returns when the connection was made anew; never, once there is no connection any more.
async fn changed(connects: &mut watch::Receiver<u64>) {
    if connects.changed().await.is_err() {
        std::future::pending().await
    }
}
