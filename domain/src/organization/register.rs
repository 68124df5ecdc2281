//! `RegisterOrganization`: a new tenant.

use super::Event;
use crate::name::Name;
use serde::{Deserialize, Serialize};

/// An organization was registered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// Shown and unique.
    pub name: Name,
}

pub(super) fn decide(name: Name) -> Vec<Event> {
    vec![Event::Registered(Registered { name })]
}

#[cfg(test)]
mod tests {
    use crate::{
        name::Name,
        organization::{Command, Error, Organization},
        testing::{given, organization_registered},
    };

    #[test]
    fn an_organization_is_registered_once() {
        let register = || Command::Register(Name::parse("Acme").unwrap());
        given::<Organization>([]).when(register()).then([organization_registered("Acme")]);
        given::<Organization>([organization_registered("Acme")])
            .when(register())
            .then_refused(Error::AlreadyExists);
    }
}
