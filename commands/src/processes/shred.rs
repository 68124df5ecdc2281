//! Shreds what nothing needs any more: the key of a certificate that was replaced or removed, the
//! token of a cluster that was changed or is gone, the credential of a registry that was replaced
//! or removed, the values of a secret that was removed, what the test of a cluster that is not
//! registered was given.
//!
//! An event comes first, the effect after it: this follows the log from a place of its own, and
//! whatever happens in between, it goes on where it was. Shredding twice changes nothing, so
//! several processes may do it at once.
//!
//! **Invariants**
//! - Only what an event gave up is shredded, never what is merely unknown.
//! - What an aggregate still needs is asked of itself (`kept`), at that event and not later.

use crate::ports::{EventLog, Vault, event_log, vault};
use domain::{
    Aggregate, Event, Position, StreamId, Version,
    certificate::{self, Certificate},
    cluster::{self, Cluster},
    feed::Feed,
    ids::RecordId,
    provider::{self, Provider},
    recorded::{Recorded, Stored},
    secret::{self, Secret},
};
use std::{collections::BTreeSet, future::Future, time::Duration};
use tracing::warn;

/// How many events are read at once.
const PAGE: u16 = 1000;
/// How long it waits after a failure.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Where it stands in the log; the same place for all processes.
pub trait Place: Send + Sync {
    /// Why the place is not known.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Everything up to here is done.
    fn read(&self) -> impl Future<Output = Result<Position, Self::Error>> + Send;

    /// Notes that everything up to `position` is done; never goes back.
    fn note(&self, position: Position) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Why it could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log did not answer.
    #[error(transparent)]
    Log(#[from] event_log::Error),
    /// The log could not be read, or the place in it.
    #[error("could not read the log or the place in it")]
    Read(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The vault did not do its part.
    #[error(transparent)]
    Vault(#[from] vault::Error),
}

/// Follows the log; drop the future to stop it.
pub async fn run<F: Feed, P: Place>(feed: &F, log: &dyn EventLog, vault: &dyn Vault, place: &P) {
    loop {
        match step(feed, log, vault, place).await {
            Ok(Some(seen)) => feed.grown(seen).await,
            Ok(None) => {}
            Err(error) => {
                warn!("could not shred what was given up; it is tried again: {error}");
                tokio::time::sleep(RETRY_PAUSE).await;
            }
        }
    }
}

/// Does what one page of the log asks for. Answers its place once there is no more.
///
/// # Errors
/// See `Error`; then the same page is done again.
pub async fn step<F: Feed, P: Place>(
    feed: &F,
    log: &dyn EventLog,
    vault: &dyn Vault,
    place: &P,
) -> Result<Option<Position>, Error> {
    let at = place.read().await.map_err(|error| Error::Read(error.into()))?;
    let events = feed.after(at, PAGE).await.map_err(|error| Error::Read(error.into()))?;
    let Some(last) = events.last() else { return Ok(Some(at)) };
    for event in &events {
        let given_up: Vec<RecordId> = given_up(log, event).await?.into_iter().collect();
        if !given_up.is_empty() {
            vault.shred(&given_up).await?;
        }
    }
    place.note(last.position).await.map_err(|error| Error::Read(error.into()))?;
    Ok(None)
}

/// What was needed before an event and is not after it.
async fn given_up(log: &dyn EventLog, stored: &Stored) -> Result<BTreeSet<RecordId>, Error> {
    let Ok(stream) = stored.stream.parse::<StreamId>() else { return Ok(BTreeSet::new()) };
    if !may_give_up(&stored.r#type) {
        return Ok(BTreeSet::new());
    }
    let history = log.load(stream, Version::NONE).await?;
    let before = |event: &&Recorded<Event>| event.version < stored.version;
    let earlier: Vec<_> = history.iter().take_while(before).collect();
    let Some(event) = history.get(earlier.len()) else { return Ok(BTreeSet::new()) };
    Ok(match &event.payload {
        Event::Certificate(now) => {
            let state = fold::<Certificate>(&earlier);
            let kept = |state: &Certificate| state.kept().into_iter().collect();
            difference(kept(&state), &kept(&state.evolve(now)))
        }
        Event::Cluster(now) => {
            let state = fold::<Cluster>(&earlier);
            difference(state.kept(), &state.evolve(now).kept())
        }
        Event::Provider(now) => {
            let state = fold::<Provider>(&earlier);
            difference(state.kept(), &state.evolve(now).kept())
        }
        Event::Secret(now) => {
            let state = fold::<Secret>(&earlier);
            let kept = |state: &Secret| state.kept().into_iter().collect();
            difference(kept(&state), &kept(&state.evolve(now)))
        }
        _ => BTreeSet::new(),
    })
}

/// Whether an event of this type may give something up; all others are not even looked at.
fn may_give_up(r#type: &str) -> bool {
    let aggregates = [
        certificate::Event::TYPES,
        cluster::Event::TYPES,
        provider::Event::TYPES,
        secret::Event::TYPES,
    ];
    let ends = [
        "Removed",
        "Replaced",
        "ClusterEndpointChanged",
        "RegistryCredentialSet",
        "TestRequested",
        "TestExpired",
    ];
    aggregates.concat().contains(&r#type) && ends.iter().any(|end| r#type.ends_with(end))
}

fn fold<A: Aggregate>(events: &[&Recorded<Event>]) -> A {
    events.iter().filter_map(|event| A::own(&event.payload)).fold(A::default(), A::evolve)
}

fn difference(before: BTreeSet<RecordId>, after: &BTreeSet<RecordId>) -> BTreeSet<RecordId> {
    before.difference(after).copied().collect()
}
