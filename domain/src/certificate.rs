//! A certificate: a private key, the chain that says whose it is, and the authorities that the
//! other side is verified by. Kept once, used by many clusters.
//!
//! **Invariants**
//! - The private key is in the vault; here are its id there and a fingerprint.
//! - What uses a certificate refers to it, and one that is referred to is not removed.
//! - Each warning about its end is recorded once, and again from the start after a replacement.

pub mod expire;
pub mod import;
pub mod material;
pub mod remove;
pub mod replace;

pub use material::Material;

use crate::{
    Aggregate, StreamId,
    claim::{Claim, UniqueName},
    event::events,
    ids::{CertificateId, ProviderId, RecordId},
    name::Name,
    tag::Tag,
};

events! {
    /// What administrators decided about a certificate, and how near its end is.
    pub enum Event {
        /// Its end is near.
        Expiring(expire::Expiring) = "CertificateExpiring",
        /// A new certificate.
        Imported(import::Imported) = "CertificateImported",
        /// It is gone, and its key with it.
        Removed(remove::Removed) = "CertificateRemoved",
        /// Another key and chain in its place; whatever uses it follows.
        Replaced(replace::Replaced) = "CertificateReplaced",
    }
}

/// An intention about a certificate.
#[derive(Clone, Debug)]
pub enum Command {
    /// `NoteExpiry`
    NoteExpiry(expire::NoteExpiry),
    /// `ImportCertificate`
    Import(import::Import),
    /// `RemoveCertificate`
    Remove,
    /// `ReplaceCertificate`
    Replace(replace::Replace),
}

/// Why a command about a certificate is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The id is taken: another command imported it.
    #[error("the certificate exists already")]
    AlreadyExists,
    /// Nobody imported it.
    #[error("there is no such certificate")]
    NotFound,
    /// It was removed.
    #[error("the certificate was removed")]
    Removed,
}

/// A certificate, as far as its history goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Certificate {
    /// Nobody imported it.
    #[default]
    Absent,
    /// Imported.
    Present(Imported),
    /// Removed; its key is shredded.
    Removed,
}

/// What is known of an imported certificate.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// Shown and unique.
    pub name: Name,
    /// Key, chain and authorities.
    pub material: Material,
    /// The last warning about its end, in days.
    pub warned: Option<u16>,
}

impl Certificate {
    /// The imported certificate.
    ///
    /// # Errors
    /// `Error::NotFound` where nobody imported it, `Error::Removed` where it is gone.
    pub fn present(&self) -> Result<&Imported, Error> {
        match self {
            Self::Present(imported) => Ok(imported),
            Self::Absent => Err(Error::NotFound),
            Self::Removed => Err(Error::Removed),
        }
    }

    /// The record of the vault that it still needs.
    #[must_use]
    pub fn kept(&self) -> Option<RecordId> {
        self.present().ok().map(|imported| imported.material.key.record_id)
    }
}

impl Aggregate for Certificate {
    type Id = CertificateId;
    type Command = Command;
    type Event = Event;
    type Error = Error;

    fn stream(id: CertificateId) -> StreamId {
        StreamId::certificate(id)
    }

    fn own(event: &crate::Event) -> Option<&Event> {
        if let crate::Event::Certificate(event) = event { Some(event) } else { None }
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match command {
            Command::NoteExpiry(note) => Ok(expire::decide(self.present()?, note)),
            Command::Import(import) => import::decide(self, import),
            Command::Remove => remove::decide(self),
            Command::Replace(replace) => Ok(replace::decide(self.present()?, replace)),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Imported(imported)) => Self::Present(Imported {
                name: imported.name.clone(),
                material: imported.material.clone(),
                warned: None,
            }),
            (Self::Present(it), Event::Replaced(replaced)) => Self::Present(Imported {
                material: replaced.material.after.clone(),
                warned: None,
                ..it
            }),
            (Self::Present(it), Event::Expiring(expiring)) => {
                Self::Present(Imported { warned: Some(expiring.days_left), ..it })
            }
            (Self::Present(_) | Self::Removed, Event::Removed(_)) => Self::Removed,
            (Self::Absent, Event::Replaced(_) | Event::Expiring(_) | Event::Removed(_)) => {
                Self::Absent
            }
            (Self::Removed, Event::Replaced(_) | Event::Expiring(_)) => Self::Removed,
        }
    }

    fn tags(id: CertificateId, event: &Event) -> Vec<Tag> {
        let providers: &[ProviderId] = match event {
            Event::Expiring(expiring) => &expiring.provider_ids,
            Event::Replaced(replaced) => &replaced.provider_ids,
            Event::Imported(_) | Event::Removed(_) => &[],
        };
        let providers = providers.iter().map(|provider| Tag::provider(*provider));
        let mut tags: Vec<Tag> = [Tag::certificate(id)].into_iter().chain(providers).collect();
        tags.sort();
        tags.dedup();
        tags
    }

    fn claims(&self, event: &Event) -> Vec<Claim> {
        match event {
            Event::Imported(imported) => vec![Claim::Take(unique(&imported.name))],
            Event::Removed(_) => {
                let name = self.present().ok().map(|it| Claim::Free(unique(&it.name)));
                name.into_iter().chain([Claim::End]).collect()
            }
            Event::Expiring(_) | Event::Replaced(_) => vec![],
        }
    }
}

fn unique(name: &Name) -> UniqueName {
    UniqueName { scope: "certificate", key: name.key() }
}

/// Providers as an event names them: each once, in order.
fn sorted(mut providers: Vec<ProviderId>) -> Vec<ProviderId> {
    providers.sort();
    providers.dedup();
    providers
}
