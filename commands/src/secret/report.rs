//! `ReportSecret`: what became of a secret on its clusters.

use crate::{
    Refusal,
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId, Version,
    ids::SecretId,
    secret_observation::{Command, SecretObservation},
};

/// What became of a secret on its clusters.
#[derive(Clone, Debug)]
pub struct ReportSecret {
    /// Which one.
    pub secret: SecretId,
    /// The version of the intent that the reports were made from. Of another one they say nothing,
    /// and of a removed secret nothing is said at all.
    pub intent: Version,
    /// The reports, in order; recorded together.
    pub reports: Vec<Command>,
}

impl Verb for ReportSecret {
    fn subject(&self) -> StreamId {
        StreamId::secret_observation(self.secret)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.secret)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let current = unit.version(StreamId::secret(self.secret)).await?;
        if current != self.intent {
            let (expected, since) = (self.intent, vec![]);
            return Err(Refusal::VersionGone { expected, current, since }.into());
        }
        for report in &self.reports {
            unit.decide::<SecretObservation>(self.secret, report.clone()).await?;
        }
        Ok(())
    }
}
