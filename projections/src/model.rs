//! Which read models there are, and what each of them reads.

use crate::{
    access_list, certificate_list, fold::Fold, image_list, node_list, organization_list,
    profile_list, provider_list, provider_profile, schema::Definition, secret_list, workload_list,
};
use domain::stream::Kind;
use std::{fmt, str::FromStr};

/// One read model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Model {
    /// The tokens and roles of all principals.
    AccessList,
    /// All certificates.
    CertificateList,
    /// The images of all providers.
    ImageList,
    /// The nodes of all clusters.
    NodeList,
    /// All organizations.
    OrganizationList,
    /// The container profiles of all organizations.
    ProfileList,
    /// All providers.
    ProviderList,
    /// Each provider with its clusters and organizations.
    ProviderProfile,
    /// The secrets of all providers.
    SecretList,
    /// The workloads of all organizations.
    WorkloadList,
}

impl Model {
    /// Every read model.
    pub const ALL: [Self; 10] = [
        Self::AccessList,
        Self::CertificateList,
        Self::ImageList,
        Self::NodeList,
        Self::OrganizationList,
        Self::ProfileList,
        Self::ProviderList,
        Self::ProviderProfile,
        Self::SecretList,
        Self::WorkloadList,
    ];

    /// Its name, as `berth rebuild` takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessList => "access_list",
            Self::CertificateList => "certificate_list",
            Self::ImageList => "image_list",
            Self::NodeList => "node_list",
            Self::OrganizationList => "organization_list",
            Self::ProfileList => "profile_list",
            Self::ProviderList => "provider_list",
            Self::ProviderProfile => "provider_profile",
            Self::SecretList => "secret_list",
            Self::WorkloadList => "workload_list",
        }
    }

    /// Its tables.
    pub(crate) fn definition(self) -> &'static Definition {
        match self {
            Self::AccessList => &access_list::DEFINITION,
            Self::CertificateList => &certificate_list::DEFINITION,
            Self::ImageList => &image_list::DEFINITION,
            Self::NodeList => &node_list::DEFINITION,
            Self::OrganizationList => &organization_list::DEFINITION,
            Self::ProfileList => &profile_list::DEFINITION,
            Self::ProviderList => &provider_list::DEFINITION,
            Self::ProviderProfile => &provider_profile::DEFINITION,
            Self::SecretList => &secret_list::DEFINITION,
            Self::WorkloadList => &workload_list::DEFINITION,
        }
    }

    /// Whether streams of this kind mean anything to it; the others are not even decoded.
    pub(crate) fn reads(self, kind: Kind) -> bool {
        self.kinds().contains(&kind)
    }

    /// The kinds of streams that it is made of. What each of their events means to it, the compiler
    /// asks where they are applied.
    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::AccessList => &[Kind::Access],
            Self::CertificateList => &[Kind::Certificate, Kind::Provider],
            Self::ImageList => &[Kind::Image, Kind::Organization, Kind::Provider],
            Self::NodeList => &[Kind::Node, Kind::NodeObservation, Kind::Provider],
            Self::OrganizationList => &[Kind::Organization],
            Self::ProfileList => &[Kind::Profile, Kind::Workload],
            Self::ProviderList | Self::ProviderProfile => {
                &[Kind::Cluster, Kind::Organization, Kind::Provider]
            }
            Self::SecretList => &[Kind::Secret, Kind::SecretObservation],
            Self::WorkloadList => &[Kind::Workload, Kind::WorkloadObservation],
        }
    }

    /// What it makes of events; holds no row yet.
    pub(crate) fn fold(self) -> Box<dyn Fold> {
        match self {
            Self::AccessList => Box::<access_list::apply::AccessList>::default(),
            Self::CertificateList => Box::<certificate_list::apply::CertificateList>::default(),
            Self::ImageList => Box::<image_list::apply::ImageList>::default(),
            Self::NodeList => Box::<node_list::apply::NodeList>::default(),
            Self::OrganizationList => Box::<organization_list::apply::OrganizationList>::default(),
            Self::ProfileList => Box::<profile_list::apply::ProfileList>::default(),
            Self::ProviderList => Box::<provider_list::apply::ProviderList>::default(),
            Self::ProviderProfile => Box::<provider_profile::apply::ProviderProfile>::default(),
            Self::SecretList => Box::<secret_list::apply::SecretList>::default(),
            Self::WorkloadList => Box::<workload_list::apply::WorkloadList>::default(),
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no read model.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no read model; there are {known}", known = known())]
pub struct NoModel(pub String);

fn known() -> String {
    Model::ALL.map(Model::name).join(", ")
}

impl FromStr for Model {
    type Err = NoModel;
    fn from_str(text: &str) -> Result<Self, NoModel> {
        let named = Self::ALL.into_iter().find(|model| model.name() == text);
        named.ok_or_else(|| NoModel(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_read_model_is_found_by_its_name() {
        for model in Model::ALL {
            assert_eq!(model.name().parse(), Ok(model));
            assert!(NoModel(String::new()).to_string().contains(model.name()));
        }
    }
}
