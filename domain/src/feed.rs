//! The ports of every reader: events after a position, in order, without holes; and what was.

use crate::{
    ids::{CertificateId, ProviderId},
    recorded::{Happened, Stored},
    stream::{Position, StreamId},
    tag::Tag,
};
use std::{collections::BTreeSet, future::Future};

/// Events after a position.
pub trait Feed: Send + Sync {
    /// Why the feed could not be read.
    type Error: std::error::Error + Send + Sync + 'static;

    /// At most `limit` events after `position`, in order. Fewer means that there are no more yet.
    fn after(
        &self,
        position: Position,
        limit: u16,
    ) -> impl Future<Output = Result<Vec<Stored>, Self::Error>> + Send;

    /// The position of the last event; `Position::START` for an empty log.
    fn head(&self) -> impl Future<Output = Result<Position, Self::Error>> + Send;

    /// Returns when the log may have grown beyond `seen`: at once on a wake-up, at the latest after
    /// one slow poll. Never fails: a reader simply reads again.
    fn grown(&self, seen: Position) -> impl Future<Output = ()> + Send;
}

/// What was: streams of the log up to a position.
pub trait Past: Send + Sync {
    /// Why the log could not be read.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Hands over the events of these streams up to a position, in the order of the log.
    fn replay(
        &self,
        streams: &[StreamId],
        until: Position,
        take: impl FnMut(Happened) + Send,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// The streams whose events of these types, up to a position, touched something.
    fn touching(
        &self,
        tag: &Tag,
        types: &[&str],
        until: Position,
    ) -> impl Future<Output = Result<BTreeSet<StreamId>, Self::Error>> + Send;

    /// The clusters of a provider that were tested, up to a position.
    fn tested(
        &self,
        provider: ProviderId,
        until: Position,
    ) -> impl Future<Output = Result<BTreeSet<StreamId>, Self::Error>> + Send;

    /// The organizations whose association with a provider began or ended, up to a position.
    fn associated(
        &self,
        provider: ProviderId,
        until: Position,
    ) -> impl Future<Output = Result<BTreeSet<StreamId>, Self::Error>> + Send;

    /// The providers of which a cluster was made to use a certificate, up to a position.
    fn users(
        &self,
        certificate: CertificateId,
        until: Position,
    ) -> impl Future<Output = Result<BTreeSet<StreamId>, Self::Error>> + Send;
}
