//! Who used a secret at some position of the log.
//!
//! What is used now stands in a table beside the events, which knows nothing of what was. But each
//! event says by its claims what its stream begins and ceases to use, so the same rules that keep
//! that table tell what it would have held then.

use crate::{decoded, used_by::USERS_SHOWN_MAX};
use domain::{
    Aggregate, Event, Position, StreamId,
    claim::Claim,
    feed::Past,
    ids::{ProviderId, SecretId},
    profile::Profile,
    recorded::Happened,
    tag::Tag,
    workload::Workload,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

/// The first events of all that may use a secret of a provider.
const USERS_BEGIN: [&str; 2] = ["ProfileDefined", "WorkloadRequested"];

/// Some of those that used a secret of a provider, at most `USERS_SHOWN_MAX`, in the order of their
/// names.
///
/// # Errors
/// The log could not be read.
pub async fn users<P: Past>(
    past: &P,
    provider: ProviderId,
    secret: SecretId,
    until: Position,
) -> Result<Vec<StreamId>, P::Error> {
    let streams = past.touching(&Tag::provider(provider), &USERS_BEGIN, until).await?;
    let streams: Vec<StreamId> = streams.into_iter().collect();
    let mut users = Users::of(StreamId::secret(secret));
    past.replay(&streams, until, |event| users.take(&event)).await?;
    let mut named: Vec<(String, StreamId)> =
        users.found.into_iter().map(|stream| (stream.to_string(), stream)).collect();
    named.sort();
    let shown = usize::try_from(USERS_SHOWN_MAX).unwrap_or(usize::MAX);
    Ok(named.into_iter().take(shown).map(|(_, stream)| stream).collect())
}

/// Those that use a stream, as far as events were given.
struct Users {
    of: StreamId,
    profiles: BTreeMap<StreamId, Profile>,
    workloads: BTreeMap<StreamId, Workload>,
    found: BTreeSet<StreamId>,
}

impl Users {
    fn of(of: StreamId) -> Self {
        let found = BTreeSet::new();
        Self { of, profiles: BTreeMap::new(), workloads: BTreeMap::new(), found }
    }

    /// An event that cannot be read changes nothing here, as it changes nothing in a read model.
    fn take(&mut self, event: &Happened) {
        let Ok(stream) = event.stream.parse::<StreamId>() else { return };
        let Ok(decoded) = decoded::read(event, stream) else { return };
        let claims = claims(self.profiles.entry(stream).or_default(), &decoded.event)
            .or_else(|| claims(self.workloads.entry(stream).or_default(), &decoded.event));
        for claim in claims.unwrap_or_default() {
            match claim {
                Claim::Refer(used) if used == self.of => drop(self.found.insert(stream)),
                Claim::Unrefer(used) if used == self.of => drop(self.found.remove(&stream)),
                Claim::End => drop(self.found.remove(&stream)),
                Claim::Refer(_) | Claim::Unrefer(_) | Claim::Take(_) | Claim::Free(_) => {}
            }
        }
    }
}

/// What an event takes and gives up, and the state after it; nothing where it is of another kind.
fn claims<A: Aggregate>(state: &mut A, event: &Event) -> Option<Vec<Claim>> {
    let own = A::own(event)?;
    let claims = state.claims(own);
    *state = mem::take(state).evolve(own);
    Some(claims)
}
