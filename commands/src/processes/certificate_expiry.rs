//! Warns of certificates that end soon, 30, 14, 7 and 1 days before.
//!
//! Looks at every certificate of the log at an interval, by the clock it is given. Each warning is
//! a command whose id is made of what it warns of, so that processes that look at once record it
//! once.

use crate::{
    certificate::note_expiry::NoteExpiry,
    handle::{self, Request, Writer},
    ports::{Clock, event_log},
    refusal::Refusal,
};
use domain::{
    Aggregate, Timestamp, Version,
    certificate::{Certificate, Error, expire::warning},
    ids::{CertificateId, CommandId, CorrelationId, PrincipalId},
    metadata::Metadata,
    stream::Kind,
};
use std::time::Duration;
use tracing::{info, warn};
use uuid::Uuid;

/// How often all certificates are looked at.
pub const LOOK_INTERVAL: Duration = Duration::from_secs(900);
/// How many streams are asked for at once.
const PAGE: u16 = 500;

/// Looks again and again; drop the future to stop it.
pub async fn run(writer: &Writer, clock: &dyn Clock) {
    let mut interval = tokio::time::interval(LOOK_INTERVAL);
    loop {
        interval.tick().await;
        if let Err(error) = look(writer, clock).await {
            warn!("could not look for certificates that end soon; it is tried again: {error}");
        }
    }
}

/// Looks at every certificate once. Answers how many warnings it recorded.
///
/// # Errors
/// When the log does not answer; what was recorded stays.
pub async fn look(writer: &Writer, clock: &dyn Clock) -> Result<usize, handle::Error> {
    let (mut after, mut warned) = (None, 0);
    loop {
        let page = writer.log().streams(Kind::Certificate, after, PAGE).await?;
        after = page.last().copied();
        for stream in &page {
            let id = CertificateId(stream.id);
            warned += usize::from(warn_of(writer, id, clock.now()).await?);
        }
        if page.len() < usize::from(PAGE) {
            return Ok(warned);
        }
    }
}

/// Whether a warning was due, and is recorded now.
async fn warn_of(
    writer: &Writer,
    id: CertificateId,
    now: Timestamp,
) -> Result<bool, handle::Error> {
    let certificate = fold(writer, id).await?;
    let Ok(present) = certificate.present() else { return Ok(false) };
    let not_after = present.material.not_after;
    let Some(days) = warning(not_after, now) else { return Ok(false) };
    if present.warned.is_some_and(|last| last <= days) {
        return Ok(false);
    }
    let what = format!("expiring {} {days}", present.material.fingerprint);
    let request = Request {
        metadata: Metadata {
            actor: PrincipalId::WORKER,
            causation_id: None,
            command_id: CommandId(Uuid::new_v5(&id.0, what.as_bytes())),
            correlation_id: CorrelationId(Uuid::now_v7()),
        },
        digest: [0; 32],
        expected: None,
        repeatable: true,
    };
    match writer.handle(&NoteExpiry { id, now }, &request).await {
        Ok(_) => {
            info!(certificate.id = %id, "the certificate is valid until {not_after}");
            Ok(true)
        }
        // Removed at this very moment.
        Err(handle::Error::Refused(
            Refusal::Ended { .. } | Refusal::Certificate(Error::Removed),
        )) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn fold(writer: &Writer, id: CertificateId) -> Result<Certificate, event_log::Error> {
    let events = writer.log().load(Certificate::stream(id), Version::NONE).await?;
    let own = events.iter().filter_map(|event| Certificate::own(&event.payload));
    Ok(own.fold(Certificate::default(), Certificate::evolve))
}
