//! `ImportImages`: many images at once, all or nothing.
//!
//! An entry whose reference is not declared on the provider is declared; one whose reference is
//! changes that image to what the entry says. So an import that is sent twice changes nothing the
//! second time, and an export of one provider makes another one like it.

use crate::{
    Refusal,
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    ids::{ImageId, ProviderId},
    image::{self, Command, Image, Reference, declare::Declare},
    provider::{Provider, Visibility},
};
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};

/// One image of an import.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The id it gets if it is new.
    pub id: ImageId,
    /// What is pulled.
    pub reference: Reference,
    /// Who may use it.
    pub visibility: Visibility,
    /// Whether it may be used; where nothing is said, a new one is disabled and another one stays
    /// as it is.
    pub enabled: Option<bool>,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is a new image.
    Declared,
    /// The image was there, and is another one now.
    Changed,
    /// The image was there, just so.
    Unchanged,
}

/// An entry, and what became of it. The fields stand in the order of the canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The image.
    pub id: ImageId,
    /// What became of it.
    pub outcome: Outcome,
}

/// The result of an import, as a repeat gets it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The provider.
    pub id: ProviderId,
    /// One for each entry, in their order.
    pub images: Vec<Imported>,
}

/// Declares and changes many images of a provider at once.
#[derive(Debug)]
pub struct ImportImages {
    provider: ProviderId,
    entries: Vec<Entry>,
    /// What the last run decided.
    imported: Mutex<Vec<Imported>>,
}

impl ImportImages {
    /// The most entries of one import: they are recorded under one lock.
    pub const ENTRIES_MAX: usize = 1000;

    /// An import of these entries, no two of which mean the same image.
    #[must_use]
    pub fn new(provider: ProviderId, entries: Vec<Entry>) -> Self {
        Self { provider, entries, imported: Mutex::default() }
    }

    async fn import(
        &self,
        unit: &mut Unit<'_>,
        entry: &Entry,
        holder: Option<StreamId>,
    ) -> Result<Imported, Stop> {
        let present = match holder.map(|stream| ImageId(stream.id)) {
            // It may have been withdrawn since its name was looked up.
            Some(id) => unit.load::<Image>(id).await?.present().is_ok().then_some(id),
            None => None,
        };
        let id = present.unwrap_or(entry.id);
        let before = unit.decided();
        if present.is_none() {
            let (reference, visibility) = (entry.reference.clone(), entry.visibility);
            let declare = Declare { provider: self.provider, reference, visibility };
            unit.decide::<Image>(id, Command::Declare(declare)).await?;
        }
        unit.decide::<Image>(id, Command::ChangeVisibility(entry.visibility)).await?;
        if let Some(enabled) = entry.enabled {
            let command = if enabled { Command::Enable } else { Command::Disable };
            unit.decide::<Image>(id, command).await?;
        }
        let outcome = match present {
            None => Outcome::Declared,
            Some(_) if unit.decided() > before => Outcome::Changed,
            Some(_) => Outcome::Unchanged,
        };
        Ok(Imported { id, outcome })
    }
}

impl Verb for ImportImages {
    fn subject(&self) -> StreamId {
        StreamId::provider(self.provider)
    }
    fn result(&self) -> String {
        let images = self.imported.lock().unwrap_or_else(PoisonError::into_inner).clone();
        serde_json::to_string(&Import { id: self.provider, images }).unwrap_or_default()
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let provider = unit.load::<Provider>(self.provider).await?;
        provider.present().map_err(Refusal::from)?;
        let name = |entry: &Entry| image::unique(self.provider, &entry.reference);
        let names: Vec<_> = self.entries.iter().map(name).collect();
        let holders = unit.holders(&names).await?;
        unit.read_each(&holders.iter().flatten().copied().collect::<Vec<_>>()).await?;
        let mut imported = Vec::with_capacity(self.entries.len());
        for (entry, holder) in self.entries.iter().zip(holders) {
            imported.push(self.import(unit, entry, holder).await?);
        }
        *self.imported.lock().unwrap_or_else(PoisonError::into_inner) = imported;
        Ok(())
    }
}
