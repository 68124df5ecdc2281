//! What a principal may do, and where.

use crate::{
    ids::{OrganizationId, PrincipalId, RoleId},
    scope::Scope,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A role without its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// Does everything in the instance.
    Administrator,
    /// Reads everything in the instance, and changes nothing.
    Auditor,
    /// Reads in one organization, and scales its workloads.
    Member,
    /// Does everything in one organization.
    OrganizationAdministrator,
}

impl Name {
    /// The name as it is stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
            Self::Member => "member",
            Self::OrganizationAdministrator => "organization_administrator",
        }
    }
}

/// One thing that a principal was given; in order, the widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Does everything in the instance.
    Administrator,
    /// Reads everything in the instance, the history included, and changes nothing.
    Auditor,
    /// Does everything in one organization.
    OrganizationAdministrator(OrganizationId),
    /// Reads in one organization, and scales its workloads.
    Member(OrganizationId),
}

impl Role {
    /// The role with this name at this place; none where the two do not fit.
    #[must_use]
    pub fn of(name: Name, organization: Option<OrganizationId>) -> Option<Self> {
        match (name, organization) {
            (Name::Administrator, None) => Some(Self::Administrator),
            (Name::Auditor, None) => Some(Self::Auditor),
            (Name::Member, Some(organization)) => Some(Self::Member(organization)),
            (Name::OrganizationAdministrator, Some(organization)) => {
                Some(Self::OrganizationAdministrator(organization))
            }
            (Name::Administrator | Name::Auditor, Some(_))
            | (Name::Member | Name::OrganizationAdministrator, None) => None,
        }
    }

    /// The role without its place.
    #[must_use]
    pub fn name(self) -> Name {
        match self {
            Self::Administrator => Name::Administrator,
            Self::Auditor => Name::Auditor,
            Self::OrganizationAdministrator(_) => Name::OrganizationAdministrator,
            Self::Member(_) => Name::Member,
        }
    }

    /// The organization it is for; none for the instance.
    #[must_use]
    pub fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::Administrator | Self::Auditor => None,
            Self::OrganizationAdministrator(organization) | Self::Member(organization) => {
                Some(organization)
            }
        }
    }
}

impl RoleId {
    /// The same role of the same principal always has the same id, so granting it twice is once.
    #[must_use]
    pub fn of(principal: PrincipalId, role: Role) -> Self {
        let name = role.name().as_str();
        let place = role.organization().map_or_else(String::new, |place| place.to_string());
        Self(Uuid::new_v5(&principal.0, format!("{name}@{place}").as_bytes()))
    }
}

/// All roles of one principal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(pub BTreeSet<Role>);

impl Roles {
    /// Whether it may do everything.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.0.contains(&Role::Administrator)
    }

    /// Whether it may read everything.
    #[must_use]
    pub fn reads_everything(&self) -> bool {
        self.is_administrator() || self.0.contains(&Role::Auditor)
    }

    /// Whether it may change everything in an organization.
    #[must_use]
    pub fn administers(&self, organization: OrganizationId) -> bool {
        self.is_administrator() || self.0.contains(&Role::OrganizationAdministrator(organization))
    }

    /// Whether it acts in an organization at all.
    #[must_use]
    pub fn acts_in(&self, organization: OrganizationId) -> bool {
        self.administers(organization) || self.0.contains(&Role::Member(organization))
    }

    /// What it may see.
    #[must_use]
    pub fn scope(&self) -> Scope {
        if self.reads_everything() {
            return Scope::Instance;
        }
        Scope::Organizations(self.0.iter().filter_map(|role| role.organization()).collect())
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn organization(number: u128) -> OrganizationId {
        OrganizationId(Uuid::from_u128(number))
    }

    #[test]
    fn a_role_has_a_name_and_a_place_that_fit() {
        let place = organization(1);
        let all = [
            Role::Administrator,
            Role::Auditor,
            Role::Member(place),
            Role::OrganizationAdministrator(place),
        ];
        for role in all {
            assert_eq!(Role::of(role.name(), role.organization()), Some(role));
            let elsewhere = role.organization().is_none().then_some(place);
            assert_eq!(Role::of(role.name(), elsewhere), None, "{role:?}");
        }
    }

    #[test]
    fn who_reads_everything_sees_the_instance() {
        for role in [Role::Administrator, Role::Auditor] {
            let roles = Roles::from_iter([role, Role::Member(organization(1))]);
            assert_eq!(roles.scope(), Scope::Instance);
        }
    }

    #[test]
    fn who_acts_in_organizations_sees_those() {
        let (one, two) = (organization(1), organization(2));
        let roles = Roles::from_iter([Role::Member(one), Role::OrganizationAdministrator(two)]);
        assert_eq!(roles.scope(), Scope::Organizations([one, two].into()));
        assert!(roles.acts_in(one) && !roles.administers(one));
        assert!(roles.acts_in(two) && roles.administers(two));
        assert!(!roles.reads_everything());
    }

    #[test]
    fn who_has_no_role_sees_nothing() {
        let none = Roles::default();
        assert_eq!(none.scope(), Scope::Organizations(BTreeSet::new()));
        assert!(!none.acts_in(organization(1)));
    }

    #[test]
    fn an_auditor_acts_nowhere() {
        let roles = Roles::from_iter([Role::Auditor]);
        assert!(!roles.acts_in(organization(1)) && !roles.is_administrator());
    }
}
