//! Carries out a test of a connection: a request is recorded, this takes it up, and what it finds
//! is reported step by step.
//!
//! It may be at work twice at once, or begin anew after a death: the steps are recorded when they
//! find something else than before, and the end once. A disabled provider is tested too, because
//! somebody asked for it.

use super::{Error, Reconciler, identity::Known};
use crate::{
    cluster::report_test::{Found, ReportConnectivity},
    endpoint::endpoint,
    handle::{self, Request},
    ports::cluster::Endpoint,
    streams::Cause,
};
use domain::{
    Aggregate, Event, Version,
    cluster::{Cluster, Event as Observed, Test, request_test::Subject},
    connectivity::Report,
    ids::{ClusterId, CommandId, CorrelationId, PrincipalId},
    metadata::Metadata,
    provider::Provider,
    recorded::Recorded,
};
use std::sync::Arc;
use tokio::sync::mpsc;
use tracing::{debug, instrument};
use uuid::Uuid;

/// Findings on their way into the log.
const FINDINGS_WAITING_MAX: usize = 16;

impl Reconciler {
    /// Tests how a cluster is reached, if somebody awaits it.
    ///
    /// # Errors
    /// When the log does not answer; then the test is still awaited.
    #[instrument(name = "test", skip_all, fields(cluster.id = %id))]
    pub async fn test(&self, id: ClusterId) -> Result<(), Error> {
        let events = self.writer().log().load(Cluster::stream(id), Version::NONE).await?;
        let own = events.iter().filter_map(|event| Cluster::own(&event.payload));
        let state = own.fold(Cluster::default(), Cluster::evolve);
        let Some(test) = state.test.filter(Test::is_open) else { return Ok(()) };
        let cause = requested(&events);
        let Some(endpoint) = self.tested(id, &test.subject).await? else {
            // No longer registered: there is nothing to find.
            return self.tell_test(id, test.number, cause, Found::End(Report::default())).await;
        };
        let (told, mut heard) = mpsc::channel(FINDINGS_WAITING_MAX);
        let telling = async {
            while let Some(finding) = heard.recv().await {
                let told = self.tell_test(id, test.number, cause, Found::Step(finding)).await;
                // The end says it again.
                told.unwrap_or_else(|error| debug!("could not report a step: {error}"));
            }
        };
        let owners = Known { reconciler: self, id, subject: &test.subject, cause };
        let (report, ()) = tokio::join!(self.clusters().test(&endpoint, &owners, told), telling);
        self.tell_test(id, test.number, cause, Found::End(report)).await
    }

    /// How that which is to be tested is reached now.
    async fn tested(&self, id: ClusterId, subject: &Subject) -> Result<Option<Endpoint>, Error> {
        let writer = self.writer();
        match subject {
            Subject::Registered(provider) => {
                let provider = self.fold::<Provider>(*provider).await?.state;
                let Ok(provider) = provider.present() else { return Ok(None) };
                let Some(cluster) = provider.clusters.get(&id).cloned() else { return Ok(None) };
                Ok(Some(endpoint(writer, provider.kind, cluster).await?))
            }
            Subject::Candidate(candidate) => {
                let mut found = endpoint(writer, candidate.kind, candidate.cluster.clone()).await?;
                if let Some(own) = &candidate.certificate {
                    found.certificate = Some(Arc::new(own.clone()));
                }
                Ok(Some(found))
            }
        }
    }

    async fn tell_test(
        &self,
        id: ClusterId,
        number: u32,
        cause: Option<Cause>,
        found: Found,
    ) -> Result<(), Error> {
        let command = match &found {
            Found::Step(_) => Uuid::now_v7(),
            // Two that come to the end at once record it once.
            Found::End(_) => Uuid::new_v5(&id.0, format!("tested {number}").as_bytes()),
        };
        let request = Request {
            metadata: Metadata {
                actor: PrincipalId::WORKER,
                causation_id: cause.map(|cause| cause.event),
                command_id: CommandId(command),
                correlation_id: cause
                    .map_or_else(|| CorrelationId(Uuid::now_v7()), |cause| cause.correlation),
            },
            digest: [0; 32],
            expected: None,
            repeatable: false,
        };
        match self.writer().handle(&ReportConnectivity { id, number, found }, &request).await {
            Ok(_) => Ok(()),
            Err(handle::Error::Log(error)) => Err(error.into()),
            Err(error) => Err(Error::Report(error)),
        }
    }
}

/// The last request for a test.
fn requested(events: &[Recorded<Event>]) -> Option<Cause> {
    let is_request = |event: &&Recorded<Event>| {
        matches!(event.payload, Event::Cluster(Observed::TestRequested(_)))
    };
    let event = events.iter().rev().find(is_request)?;
    let correlation = event.metadata.correlation_id;
    Some(Cause { event: event.id, correlation, position: event.position })
}
