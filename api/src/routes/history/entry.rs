//! Events with what they meant. The event itself stays as it was recorded, byte for byte, so that
//! its leaf hash can be recomputed from the answer; what is told of it stands behind it.

use super::{
    changes::{self, Changed},
    document::document,
};
use crate::{
    problem::{Code, Problem},
    routes::events::view,
    state::State,
};
use adapters::{event_json::EventJson, postgres::names::names};
use domain::{
    Position, StreamId,
    ids::{EventId, OrganizationId, PrincipalId, ProviderId},
    metadata::Metadata,
    recorded::Stored,
    scope::Scope,
    stream::Kind,
};
use projections::{
    access_list,
    past::{self, Moment, Subject},
};
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use utoipa::ToSchema;
use uuid::Uuid;

/// The most events that are folded to tell what the events of one page meant.
const FOLDED_MAX: i64 = 50_000;

/// An event, byte for byte as it was recorded, and what it meant.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `entries` writes")]
pub(in crate::routes) struct HistoryEntry {
    #[schema(inline)]
    #[serde(flatten)]
    event: view::Event,
    #[serde(flatten)]
    meaning: Meaning,
}

/// What an event meant.
#[derive(Serialize, ToSchema)]
struct Meaning {
    actor: Actor,
    cause: Cause,
    /// The fields that it changed: of the profile of the node, image, certificate … that the event
    /// is about; of the provider for events about an organization. To an organization its
    /// association is the field `/associated`.
    changes: Vec<Changed>,
}

/// Who acted.
#[derive(Serialize, ToSchema)]
struct Actor {
    id: Uuid,
    /// Null where nobody has this id any more, and to an organization where it is none of its own.
    name: Option<String>,
}

/// Why it happened.
#[derive(Serialize, ToSchema)]
struct Cause {
    /// The command that made the event.
    command_id: Uuid,
    /// Joins everything that one cause set in motion.
    correlation_id: Uuid,
    /// The event that this one answers; null where a principal acted by itself, or it is not shown
    /// to the caller.
    event: Option<CauseEvent>,
}

/// An event that another one answers.
#[derive(Clone, Serialize, ToSchema)]
struct CauseEvent {
    id: Uuid,
    position: i64,
    stream: String,
    r#type: String,
}

/// Whose profile an event of a provider changed, as far as the reader may see that profile: the one
/// of a provider tells of all who use it.
pub(in crate::routes) fn subject(
    scope: &Scope,
    provider: ProviderId,
    event: &Stored,
) -> Option<Subject> {
    let stream: StreamId = event.stream.parse().ok()?;
    match (scope, stream.kind) {
        (Scope::Organizations(_), Kind::Organization | Kind::Certificate) => None,
        (Scope::Instance | Scope::Organizations(_), _) => Subject::of(stream, provider),
    }
}

/// Whose profile each of these events of a provider changed, by position. As many, from the first
/// on, as can be told within bounds; the first one always.
pub(in crate::routes) async fn subjects(
    state: &State,
    scope: &Scope,
    provider: ProviderId,
    events: &[Stored],
) -> Result<BTreeMap<Position, Option<Subject>>, Problem> {
    let of = |event: &Stored| subject(scope, provider, event);
    let newest = events.iter().map(|event| event.position).max().unwrap_or_default();
    let mut streams: BTreeMap<Subject, BTreeSet<StreamId>> = BTreeMap::new();
    for subject in events.iter().filter_map(of).collect::<BTreeSet<_>>() {
        streams.insert(subject, subject.streams(&state.feed, newest).await?);
    }
    let lengths = state.feed.lengths(&streams.values().flatten().copied().collect()).await?;
    let (mut told, mut counted, mut folded) = (BTreeMap::new(), BTreeSet::new(), 0);
    for event in events {
        let subject = of(event);
        for stream in subject.iter().filter_map(|subject| streams.get(subject)).flatten() {
            if counted.insert(*stream) {
                folded += lengths.get(stream).copied().unwrap_or(0);
            }
        }
        if folded > FOLDED_MAX && !told.is_empty() {
            break;
        }
        told.insert(event.position, subject);
    }
    Ok(told)
}

/// What these events meant, in their order.
pub(in crate::routes) async fn entries(
    state: &State,
    scope: &Scope,
    events: &[Stored],
    subjects: &BTreeMap<Position, Option<Subject>>,
) -> Result<Vec<Box<RawValue>>, Problem> {
    let metadata: Vec<Option<Metadata>> =
        events.iter().map(|event| serde_json::from_str(&event.metadata).ok()).collect();
    let actors: BTreeSet<PrincipalId> = metadata.iter().flatten().map(|one| one.actor).collect();
    let actors = named_to(state, scope, actors).await?;
    let names = names(&state.queries, &actors).await.map_err(|error| Problem::query(&error))?;
    let causes = causes(state, scope, &metadata).await?;
    let profiles = subjects.iter().filter_map(|(at, subject)| Some((*at, (*subject)?))).collect();
    let mut moments = past::around(&state.feed, &profiles).await?;
    let each = events.iter().zip(&metadata).map(|(event, metadata)| {
        let metadata = metadata.as_ref().ok_or_else(|| {
            Problem::new(Code::UnreadableEvent, format!("the metadata of event {}", event.position))
        })?;
        let meaning = Meaning {
            actor: Actor { id: metadata.actor.0, name: names.get(&metadata.actor).cloned() },
            cause: Cause {
                command_id: metadata.command_id.0,
                correlation_id: metadata.correlation_id.0,
                event: metadata.causation_id.and_then(|id| causes.get(&id).cloned()),
            },
            changes: changed(event, moments.remove(&event.position))?,
        };
        join(event, &meaning).map_err(|error| Problem::hidden(Code::Internal, &error))
    });
    each.collect()
}

/// Those of some principals whose names the reader may learn.
async fn named_to(
    state: &State,
    scope: &Scope,
    actors: BTreeSet<PrincipalId>,
) -> Result<BTreeSet<PrincipalId>, Problem> {
    let Scope::Organizations(own) = scope else { return Ok(actors) };
    let own: Vec<OrganizationId> = own.iter().copied().collect();
    let actors: Vec<PrincipalId> = actors.into_iter().collect();
    let acting = access_list::query::acting_in(&state.queries, &own, &actors).await;
    acting.map_err(|error| Problem::query(&error))
}

async fn causes(
    state: &State,
    scope: &Scope,
    metadata: &[Option<Metadata>],
) -> Result<HashMap<EventId, CauseEvent>, Problem> {
    let ids: BTreeSet<Uuid> =
        metadata.iter().flatten().filter_map(|one| Some(one.causation_id?.0)).collect();
    let events = state.feed.with_ids(scope, &ids.into_iter().collect::<Vec<_>>()).await?;
    let each = events.into_iter().map(|event| {
        let (id, position) = (event.id.0, event.position.0);
        (event.id, CauseEvent { id, position, stream: event.stream, r#type: event.r#type })
    });
    Ok(each.collect())
}

/// By the profile, which knows more; by the event's own words where it shows nothing of it.
fn changed(event: &Stored, moment: Option<Moment>) -> Result<Vec<Changed>, Problem> {
    if let Some(moment) = moment {
        let changes = changes::between(&document(moment.before)?, &document(moment.after)?);
        if !changes.is_empty() {
            return Ok(changes);
        }
    }
    if let Some(change) = changes::association(&event.r#type) {
        return Ok(vec![change]);
    }
    let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
    Ok(changes::stated(&data, event.version.0 == 1))
}

/// One object of both, the event's bytes first and untouched.
fn join(event: &Stored, meaning: &Meaning) -> serde_json::Result<Box<RawValue>> {
    let (event, meaning) =
        (serde_json::to_string(&EventJson(event))?, serde_json::to_string(meaning)?);
    let (event, meaning) = (&event[..event.len() - 1], &meaning[1..]);
    RawValue::from_string(format!("{event},{meaning}"))
}
