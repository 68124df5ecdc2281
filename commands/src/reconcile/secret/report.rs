//! Says what became of a secret.

use super::Run;
use crate::{
    reconcile::{Error, Folded, Reconciler},
    secret::report::ReportSecret,
};
use domain::{
    secret::Secret,
    secret_observation::{Command, Of},
};

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
        let id = run.id;
        let verb = |reports| ReportSecret { secret: id, intent: intent.version, reports };
        let of = (intent.version, intent.last);
        self.record(id.0, &mut run.observation, of, reports, word, verb).await
    }
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
