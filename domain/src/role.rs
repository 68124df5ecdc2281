//! What a principal may do, and where.

use crate::{ids::OrganizationId, scope::Scope};
use std::collections::BTreeSet;

/// One thing that a principal was given; in order, the widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// The role without its place, as it is stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
            Self::OrganizationAdministrator(_) => "organization_administrator",
            Self::Member(_) => "member",
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
