//! Which read models there are, and what each of them reads.

use crate::{
    access_list, fold::Fold, image_list, node_list, organization_list, provider_list,
    provider_profile, schema::Definition,
};
use domain::stream::Kind;
use std::{fmt, str::FromStr};

/// One read model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Model {
    /// The tokens and roles of all principals.
    AccessList,
    /// The images of all providers.
    ImageList,
    /// The nodes of all clusters.
    NodeList,
    /// All organizations.
    OrganizationList,
    /// All providers.
    ProviderList,
    /// Each provider with its clusters and organizations.
    ProviderProfile,
}

impl Model {
    /// Every read model.
    pub const ALL: [Self; 6] = [
        Self::AccessList,
        Self::ImageList,
        Self::NodeList,
        Self::OrganizationList,
        Self::ProviderList,
        Self::ProviderProfile,
    ];

    /// Its name, as `berth rebuild` takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessList => "access_list",
            Self::ImageList => "image_list",
            Self::NodeList => "node_list",
            Self::OrganizationList => "organization_list",
            Self::ProviderList => "provider_list",
            Self::ProviderProfile => "provider_profile",
        }
    }

    /// Its tables.
    pub(crate) fn definition(self) -> &'static Definition {
        match self {
            Self::AccessList => &access_list::DEFINITION,
            Self::ImageList => &image_list::DEFINITION,
            Self::NodeList => &node_list::DEFINITION,
            Self::OrganizationList => &organization_list::DEFINITION,
            Self::ProviderList => &provider_list::DEFINITION,
            Self::ProviderProfile => &provider_profile::DEFINITION,
        }
    }

    /// Whether streams of this kind mean anything to it; the others are not even decoded.
    pub(crate) fn reads(self, kind: Kind) -> bool {
        match self {
            Self::AccessList => match kind {
                Kind::Access => true,
                Kind::Certificate
                | Kind::Image
                | Kind::Node
                | Kind::NodeObservation
                | Kind::Organization
                | Kind::Profile
                | Kind::Provider
                | Kind::Secret
                | Kind::Workload => false,
            },
            Self::ImageList => match kind {
                Kind::Image | Kind::Organization | Kind::Provider => true,
                Kind::Access
                | Kind::Certificate
                | Kind::Node
                | Kind::NodeObservation
                | Kind::Profile
                | Kind::Secret
                | Kind::Workload => false,
            },
            Self::NodeList => match kind {
                Kind::Node | Kind::NodeObservation | Kind::Provider => true,
                Kind::Access
                | Kind::Certificate
                | Kind::Image
                | Kind::Organization
                | Kind::Profile
                | Kind::Secret
                | Kind::Workload => false,
            },
            Self::OrganizationList => match kind {
                Kind::Organization => true,
                Kind::Access
                | Kind::Certificate
                | Kind::Image
                | Kind::Node
                | Kind::NodeObservation
                | Kind::Profile
                | Kind::Provider
                | Kind::Secret
                | Kind::Workload => false,
            },
            Self::ProviderList | Self::ProviderProfile => match kind {
                Kind::Organization | Kind::Provider => true,
                Kind::Access
                | Kind::Certificate
                | Kind::Image
                | Kind::Node
                | Kind::NodeObservation
                | Kind::Profile
                | Kind::Secret
                | Kind::Workload => false,
            },
        }
    }

    /// What it makes of events; holds no row yet.
    pub(crate) fn fold(self) -> Box<dyn Fold> {
        match self {
            Self::AccessList => Box::<access_list::apply::AccessList>::default(),
            Self::ImageList => Box::<image_list::apply::ImageList>::default(),
            Self::NodeList => Box::<node_list::apply::NodeList>::default(),
            Self::OrganizationList => Box::<organization_list::apply::OrganizationList>::default(),
            Self::ProviderList => Box::<provider_list::apply::ProviderList>::default(),
            Self::ProviderProfile => Box::<provider_profile::apply::ProviderProfile>::default(),
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
