//! What became of a provider between two moments.

use super::history::known;
use crate::{
    answer,
    auth::Caller,
    parameters::{self, Query},
    problem::{Code, Problem},
    routes::{
        history::{
            changes::{self, Changed},
            document::document,
            entry::subject,
        },
        past::position,
    },
    state::State,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ReqData},
};
use adapters::postgres::event_feed::TagFilter;
use domain::{
    Position, StreamId, feed::Feed, ids::ProviderId, recorded::Stored, scope::Scope, stream::Kind,
    tag::Tag,
};
use projections::past::{self, Subject};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// Events looked at in one round trip.
const PAGE: u16 = 1000;
/// The most events that are looked at to find what changed.
const EVENTS_MAX: usize = 20_000;
/// The most things that one answer tells of.
const SUBJECTS_MAX: usize = 200;

/// What became of a provider and of all that belongs to it.
#[derive(Serialize, ToSchema)]
pub(crate) struct HistoryDiff {
    /// The position before.
    from: i64,
    /// The position after.
    to: i64,
    /// How many events in between touched the provider.
    events: usize,
    /// How many of them there were of each type.
    types: BTreeMap<String, usize>,
    /// What is different, thing by thing.
    subjects: Vec<SubjectDiff>,
    /// False where there was more between the two than one answer tells.
    complete: bool,
}

/// One thing that is different.
#[derive(Serialize, ToSchema)]
struct SubjectDiff {
    /// `provider`, `node` …
    kind: &'static str,
    id: Uuid,
    changes: Vec<Changed>,
}

/// Compare a provider, its nodes and all else of it that has a profile, at two moments. To an
/// organization, its own profiles and workloads there, and whether it is associated.
#[utoipa::path(
    get, path = "/v1/providers/{id}/history/diff", operation_id = "provider_history_diff",
    tag = "providers",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("from" = String, Query, description = "The earlier moment: a position of the log, or a \
            time of RFC 3339"),
        ("to" = Option<String>, Query, description = "The later moment; now, where it is not \
            given"),
    ),
    responses((status = 200, body = HistoryDiff, description = "What is different")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    caller: ReqData<Caller>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id::<ProviderId>(&request, "id")?;
    let mut query = Query::of(&request)?;
    let (from, to) = (query.moment("from")?, query.moment("to")?);
    query.done()?;
    let Some(from) = from else {
        let detail = "is missing: a position of the log, or a time";
        return Err(Problem::at(Code::MalformedParameter, "from", "missing", detail));
    };
    let to = match to {
        Some(to) => position(&state, "to", to).await?,
        None => state.feed.head().await?,
    };
    let from = position(&state, "from", from).await?;
    if from > to {
        let detail = "must not lie after `to`";
        return Err(Problem::at(Code::MalformedParameter, "from", "order", detail));
    }
    state.saw(to);
    let found = touched(&state, &caller.scope(), id, from, to).await?;
    let moments = past::between(&state.feed, &found.subjects, from, to).await?;
    let mut subjects = found.associations.told();
    for (subject, moment) in moments {
        let changes = changes::between(&document(moment.before)?, &document(moment.after)?);
        if !changes.is_empty() {
            subjects.push(SubjectDiff { kind: subject.kind().as_str(), id: subject.id(), changes });
        }
    }
    let diff = HistoryDiff {
        from: from.0,
        to: to.0,
        events: found.types.values().sum(),
        types: found.types,
        subjects,
        complete: found.complete,
    };
    Ok(answer::document(&diff, to))
}

/// What events between two positions touched.
struct Touched {
    subjects: BTreeSet<Subject>,
    associations: Associations,
    types: BTreeMap<String, usize>,
    complete: bool,
}

/// Whether organizations were associated, for a reader who is not shown the provider's profile.
#[derive(Default)]
struct Associations(BTreeMap<Uuid, Changed>);

impl Associations {
    /// Takes an event that is older than those before it.
    fn take(&mut self, event: &Stored) {
        let stream = event.stream.parse::<StreamId>().ok();
        let Some((stream, change)) = stream.zip(changes::association(&event.r#type)) else {
            return;
        };
        self.0.entry(stream.id).or_insert_with(|| change.clone()).begin_with(change);
    }

    fn told(self) -> Vec<SubjectDiff> {
        let kind = Kind::Organization.as_str();
        let each = self.0.into_iter().filter(|(_, change)| change.differs());
        each.map(|(id, change)| SubjectDiff { kind, id, changes: vec![change] }).collect()
    }
}

async fn touched(
    state: &State,
    scope: &Scope,
    id: ProviderId,
    from: Position,
    to: Position,
) -> Result<Touched, Problem> {
    let (mut subjects, mut types) = (BTreeSet::new(), BTreeMap::new());
    let (mut associations, mut looked) = (Associations::default(), 0);
    let mut before = Position(to.0.saturating_add(1));
    loop {
        let filter = TagFilter { before: Some(before), ..TagFilter::default() };
        let events = state.feed.tagged(scope, &Tag::provider(id), &filter, PAGE).await?;
        for event in events.iter().take_while(|event| event.position > from) {
            let subject = subject(scope, id, event);
            let is_new = subject.is_some_and(|subject| !subjects.contains(&subject));
            if looked == EVENTS_MAX || is_new && subjects.len() == SUBJECTS_MAX {
                return Ok(Touched { subjects, associations, types, complete: false });
            }
            looked += 1;
            subjects.extend(subject);
            if subject.is_none() {
                associations.take(event);
            }
            *types.entry(event.r#type.clone()).or_default() += 1;
        }
        match events.last() {
            Some(last) if last.position > from && events.len() == usize::from(PAGE) => {
                before = last.position;
            }
            Some(_) => return Ok(Touched { subjects, associations, types, complete: true }),
            None => {
                known(state, scope, id).await?;
                return Ok(Touched { subjects, associations, types, complete: true });
            }
        }
    }
}
