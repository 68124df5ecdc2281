//! Forgets what tests of clusters that are not registered were given, a while after they were
//! asked for. An event says so; whoever shreds does the rest.

use crate::{
    cluster::expire_test::ExpireConnectivityTest,
    handle::{self, Request, Writer},
    ports::Clock,
};
use domain::{
    Aggregate, Event, StreamId, Version,
    cluster::{Cluster, Event as Observed, KEPT_TESTS},
    ids::{ClusterId, CommandId, CorrelationId, PrincipalId},
    metadata::Metadata,
};
use std::time::Duration;
use tracing::warn;
use uuid::Uuid;

/// How long what a test was given is kept.
pub const KEPT_FOR: Duration = Duration::from_mins(15);
/// How often it is looked for what is over.
const LOOK_INTERVAL: Duration = Duration::from_secs(30);
/// How many are looked at in one go; what is more, in the next.
const TESTS_MAX: u16 = 500;

/// Looks again and again; drop the future to stop it.
pub async fn run(writer: &Writer, clock: &dyn Clock) {
    let mut interval = tokio::time::interval(LOOK_INTERVAL);
    loop {
        interval.tick().await;
        if let Err(error) = look(writer, clock).await {
            warn!(
                "could not look for connectivity tests that are over; it is tried again: {error}"
            );
        }
    }
}

/// Looks once. Answers how many were over.
///
/// # Errors
/// When the log does not answer; what was recorded stays.
pub async fn look(writer: &Writer, clock: &dyn Clock) -> Result<usize, handle::Error> {
    let mut over = 0;
    for stream in writer.log().referrers(KEPT_TESTS, TESTS_MAX).await? {
        over += usize::from(expire(writer, stream, clock).await?);
    }
    Ok(over)
}

async fn expire(
    writer: &Writer,
    stream: StreamId,
    clock: &dyn Clock,
) -> Result<bool, handle::Error> {
    let id = ClusterId(stream.id);
    let events = writer.log().load(Cluster::stream(id), Version::NONE).await?;
    let is_request =
        |payload: &Event| matches!(payload, Event::Cluster(Observed::TestRequested(_)));
    let Some(event) = events.iter().rev().find(|event| is_request(&event.payload)) else {
        return Ok(false);
    };
    if clock.now().moment() < event.recorded_at.moment() + KEPT_FOR {
        return Ok(false);
    }
    let what = format!("expired {}", event.version);
    let request = Request {
        metadata: Metadata {
            actor: PrincipalId::WORKER,
            causation_id: Some(event.id),
            command_id: CommandId(Uuid::new_v5(&id.0, what.as_bytes())),
            correlation_id: CorrelationId(event.metadata.correlation_id.0),
        },
        digest: [0; 32],
        expected: None,
        repeatable: true,
    };
    writer.handle(&ExpireConnectivityTest { id }, &request).await?;
    Ok(true)
}
