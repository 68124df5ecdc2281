//! How far the runners of this process are: what a waiting reader is woken by, and what `/readyz`
//! and `/metrics` say. What another process does is asked of PostgreSQL.

use crate::{Model, alarm::Alarm};
use domain::Position;
use tokio::sync::watch;

/// What the runner of one read model in this process does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Here {
    /// Whether it is the active one.
    pub active: bool,
    /// How far it was when it was active last.
    pub position: Position,
    /// What it failed at last, until it succeeds again.
    pub error: Option<String>,
    /// Why it stopped for good.
    pub alarm: Option<Alarm>,
    /// Whether it fills new tables, since the definition has changed.
    pub rebuilding: bool,
}

/// The runners of this process, one for each read model.
#[derive(Debug)]
pub struct Progress {
    here: [watch::Sender<Here>; Model::ALL.len()],
}

impl Default for Progress {
    fn default() -> Self {
        Self { here: Model::ALL.map(|_| watch::Sender::default()) }
    }
}

impl Progress {
    /// What the runner of this read model does now.
    #[must_use]
    pub fn here(&self, model: Model) -> Here {
        self.sender(model).borrow().clone()
    }

    pub(crate) fn subscribe(&self, model: Model) -> watch::Receiver<Here> {
        self.sender(model).subscribe()
    }

    pub(crate) fn update(&self, model: Model, change: impl FnOnce(&mut Here)) {
        self.sender(model).send_modify(change);
    }

    fn sender(&self, model: Model) -> &watch::Sender<Here> {
        let [
            access,
            certificates,
            images,
            nodes,
            organizations,
            profiles,
            providers,
            provider_profiles,
            secrets,
            workloads,
        ] = &self.here;
        match model {
            Model::AccessList => access,
            Model::CertificateList => certificates,
            Model::ImageList => images,
            Model::NodeList => nodes,
            Model::OrganizationList => organizations,
            Model::ProfileList => profiles,
            Model::ProviderList => providers,
            Model::ProviderProfile => provider_profiles,
            Model::SecretList => secrets,
            Model::WorkloadList => workloads,
        }
    }
}
