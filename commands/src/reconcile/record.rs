//! Records what was seen, exactly once for what was seen.
//!
//! The id of a report is UUIDv5 of the thing and of the version of its observations that the
//! report was made from, the version of the intent, and what is said. So the same report after a
//! crash gets the first answer; and a second repair of the same intent is another report, because
//! the first one moved the version.

use super::{Cause, Error, Folded, Reconciler};
use crate::{
    handle::{self, Request, Verb},
    refusal::Refusal,
};
use domain::{
    Aggregate, Version,
    ids::{CommandId, CorrelationId, PrincipalId},
    metadata::Metadata,
};
use uuid::Uuid;

/// A report is repeated by nobody but the worker, so there is no request to compare with.
const NO_DIGEST: [u8; 32] = [0; 32];

impl Reconciler {
    /// Records the reports that are news, and keeps `observation` as it is after them. `word` is
    /// everything that tells two reports of the same versions apart.
    ///
    /// # Errors
    /// `Error::Overtaken` when somebody recorded something since `observation` was folded, or when
    /// the verb finds that the intent is another one by now.
    pub(super) async fn record<A: Aggregate, V: Verb>(
        &self,
        id: Uuid,
        observation: &mut Folded<A>,
        (intent, cause): (Version, Option<Cause>),
        reports: Vec<A::Command>,
        word: impl Fn(&A::Command) -> String,
        verb: impl FnOnce(Vec<A::Command>) -> V,
    ) -> Result<(), Error> {
        let Some((state, news)) = news(&observation.state, reports) else { return Ok(()) };
        let said = news.iter().map(word).collect::<Vec<_>>().join(" ");
        let name = format!("report {} {intent} {said}", observation.version);
        let command_id = CommandId(Uuid::new_v5(&id, name.as_bytes()));
        let request = Request {
            metadata: metadata(command_id, cause),
            digest: NO_DIGEST,
            expected: Some(observation.version),
            repeatable: false,
        };
        match self.writer().handle(&verb(news), &request).await {
            Ok(answer) => {
                observation.state = state;
                observation.version = answer.version;
                Ok(())
            }
            Err(handle::Error::Refused(Refusal::VersionGone { .. })) => Err(Error::Overtaken),
            Err(handle::Error::Log(error)) => Err(error.into()),
            Err(error) => Err(Error::Report(error)),
        }
    }
}

/// The reports that change something, and the state after them; `None` when none does.
pub(super) fn news<A: Aggregate>(
    known: &A,
    reports: Vec<A::Command>,
) -> Option<(A, Vec<A::Command>)> {
    let mut state = known.clone();
    let mut news = vec![];
    for report in reports {
        let events = state.decide(report.clone()).ok()?;
        if !events.is_empty() {
            news.push(report);
        }
        state = events.iter().fold(state, A::evolve);
    }
    (!news.is_empty()).then_some((state, news))
}

fn metadata(command_id: CommandId, cause: Option<Cause>) -> Metadata {
    Metadata {
        actor: PrincipalId::WORKER,
        causation_id: cause.map(|cause| cause.event),
        command_id,
        correlation_id: cause
            .map_or_else(|| CorrelationId(Uuid::now_v7()), |cause| cause.correlation),
    }
}
