//! What a route demands of who asks, and what everybody else is told.
//!
//! The organization of a route is the `{id}` of `/v1/organizations/{id}/…`. Whoever has no role in
//! it is told that it does not exist, in the same words whether it does or not.

use domain::{ids::OrganizationId, role::Roles};

/// What a route demands. An administrator of the instance passes everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Changes the instance: an administrator.
    Administrator,
    /// Reads the instance: an administrator or an auditor.
    Auditor,
    /// Changes the organization of the path: one who administers it.
    OrganizationAdministrator,
    /// Changes a little in the organization of the path, such as a scale: any member of it.
    Member,
    /// Reads in the organization of the path: any member of it, or an auditor.
    Reader,
    /// Any principal with a valid token. The handler answers by the caller's scope.
    Authenticated,
    /// Anybody: contracts, explanations and the state of the process.
    Anybody,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It reaches its handler.
    Admitted,
    /// `403`: the caller may know that this is here, and may not do it.
    Forbidden,
    /// `404`: the caller may not know whether the organization exists.
    Hidden,
}

impl Access {
    /// Whether the path of such a route names an organization.
    #[must_use]
    pub fn is_within_an_organization(self) -> bool {
        match self {
            Self::OrganizationAdministrator | Self::Member | Self::Reader => true,
            Self::Administrator | Self::Auditor | Self::Authenticated | Self::Anybody => false,
        }
    }

    /// Who passes, in words.
    #[must_use]
    pub fn who(self) -> &'static str {
        match self {
            Self::Administrator => "an administrator",
            Self::Auditor => "an administrator or an auditor",
            Self::OrganizationAdministrator => {
                "an administrator, or an administrator of the organization"
            }
            Self::Member => "an administrator, or a member of the organization",
            Self::Reader => "an administrator, an auditor, or a member of the organization",
            Self::Authenticated => "everybody with a token; the answer depends on their roles",
            Self::Anybody => "anybody",
        }
    }

    /// Judges a caller by its roles, in the organization of the path where there is one.
    #[must_use]
    pub fn judge(self, roles: &Roles, organization: Option<OrganizationId>) -> Verdict {
        let sees = |organization| roles.reads_everything() || roles.acts_in(organization);
        let may = match self {
            Self::Anybody | Self::Authenticated => true,
            Self::Administrator => roles.is_administrator(),
            Self::Auditor => roles.reads_everything(),
            Self::OrganizationAdministrator => {
                organization.is_some_and(|organization| roles.administers(organization))
            }
            Self::Member => organization.is_some_and(|organization| roles.acts_in(organization)),
            Self::Reader => organization.is_some_and(sees),
        };
        match (may, organization) {
            (true, _) => Verdict::Admitted,
            (false, Some(organization)) if !sees(organization) => Verdict::Hidden,
            (false, _) => Verdict::Forbidden,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::role::Role;
    use uuid::Uuid;

    /// Each kind of route against each role, in the organization of the role and in another.
    #[test]
    fn every_demand_is_judged_for_every_role() {
        use Access as A;
        use Verdict::{Admitted as Yes, Forbidden as No, Hidden as Unseen};
        let [own, other] = [1, 2].map(|number| OrganizationId(Uuid::from_u128(number)));
        let cases: [(A, [Verdict; 7]); 7] = [
            // none, member: own, other; organization administrator: own, other; auditor, admin
            (A::Anybody, [Yes, Yes, Yes, Yes, Yes, Yes, Yes]),
            (A::Authenticated, [Yes, Yes, Yes, Yes, Yes, Yes, Yes]),
            (A::Auditor, [No, No, No, No, No, Yes, Yes]),
            (A::Administrator, [No, No, No, No, No, No, Yes]),
            (A::Reader, [Unseen, Yes, Unseen, Yes, Unseen, Yes, Yes]),
            (A::Member, [Unseen, Yes, Unseen, Yes, Unseen, No, Yes]),
            (A::OrganizationAdministrator, [Unseen, No, Unseen, Yes, Unseen, No, Yes]),
        ];
        let member = Role::Member(own);
        let head = Role::OrganizationAdministrator(own);
        for (access, expected) in cases {
            let asked = |role: Option<Role>, organization| {
                let within = access.is_within_an_organization().then_some(organization);
                access.judge(&role.into_iter().collect(), within)
            };
            let told = [
                asked(None, own),
                asked(Some(member), own),
                asked(Some(member), other),
                asked(Some(head), own),
                asked(Some(head), other),
                asked(Some(Role::Auditor), own),
                asked(Some(Role::Administrator), own),
            ];
            assert_eq!(told, expected, "{access:?}");
        }
    }

    #[test]
    fn a_route_of_an_organization_without_one_admits_no_member() {
        let roles = [Role::Member(OrganizationId(Uuid::nil()))].into_iter().collect();
        assert_eq!(Access::Member.judge(&roles, None), Verdict::Forbidden);
    }
}
