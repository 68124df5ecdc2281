//! Says what became of a secret, exactly once for what was seen.

use super::{super::report::metadata, Run};
use crate::{
    handle::{self, Request},
    reconcile::{Error, Folded, Reconciler},
    refusal::Refusal,
    secret::report::ReportSecret,
};
use domain::{
    Aggregate,
    ids::CommandId,
    secret::Secret,
    secret_observation::{Command, Of, SecretObservation},
};
use uuid::Uuid;

/// A report is repeated by nobody but the worker, so there is no request to compare with.
const NO_DIGEST: [u8; 32] = [0; 32];

impl Reconciler {
    /// Records the reports that are news, and keeps the observation as it is after them.
    ///
    /// # Errors
    /// `Error::Overtaken` when somebody recorded something since the observation was folded, or
    /// when the intent is another one by now.
    pub(super) async fn report_secret(
        &self,
        run: &mut Run<'_>,
        intent: &Folded<Secret>,
        reports: Vec<Command>,
    ) -> Result<(), Error> {
        let observation = &run.observation;
        let Some((state, news)) = news(&observation.state, reports) else { return Ok(()) };
        let said = news.iter().map(word).collect::<Vec<_>>().join(" ");
        let name = format!("report {} {} {said}", observation.version, intent.version);
        let command_id = CommandId(Uuid::new_v5(&run.id.0, name.as_bytes()));
        let request = Request {
            metadata: metadata(command_id, intent.last),
            digest: NO_DIGEST,
            expected: Some(observation.version),
            repeatable: false,
        };
        let verb = ReportSecret { secret: run.id, intent: intent.version, reports: news };
        match self.writer().handle(&verb, &request).await {
            Ok(answer) => {
                run.observation.state = state;
                run.observation.version = answer.version;
                Ok(())
            }
            Err(handle::Error::Refused(Refusal::VersionGone { .. })) => Err(Error::Overtaken),
            Err(handle::Error::Log(error)) => Err(error.into()),
            Err(error) => Err(Error::Report(error)),
        }
    }
}

/// The reports that change something, and the state after them; `None` when none does.
fn news(
    known: &SecretObservation,
    reports: Vec<Command>,
) -> Option<(SecretObservation, Vec<Command>)> {
    let mut state = known.clone();
    let mut news = vec![];
    for report in reports {
        let Ok(events) = state.decide(report.clone());
        if !events.is_empty() {
            news.push(report);
        }
        state = events.iter().fold(state, SecretObservation::evolve);
    }
    (!news.is_empty()).then_some((state, news))
}

/// Everything that tells two reports of the same versions apart.
fn word(report: &Command) -> String {
    let on = |of: &Of| format!("{} {}", of.cluster, of.version);
    match report {
        Command::ReportApplied { of, objects, .. } => {
            let ids = objects.iter().map(|object| object.native_id.as_str());
            format!("applied {} {}", on(of), ids.collect::<Vec<_>>().join(","))
        }
        Command::ReportRejected { of, reason, .. } => format!("rejected {} {reason}", on(of)),
        Command::ReportRestored { of, objects } => {
            let ids = objects.iter().map(|object| object.native_id.as_str());
            format!("restored {} {}", on(of), ids.collect::<Vec<_>>().join(","))
        }
    }
}
