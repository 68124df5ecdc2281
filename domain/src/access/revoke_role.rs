//! `RevokeRole`: a principal may do less.

use super::{Access, Error, Event};
use crate::{
    ids::{OrganizationId, RoleId},
    role::Name,
};
use serde::{Deserialize, Serialize};

/// A role was revoked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RoleRevoked {
    /// Where it held; null for the instance.
    pub organization_id: Option<OrganizationId>,
    /// What it allowed.
    pub role: Name,
    /// Which one.
    pub role_id: RoleId,
}

pub(super) fn decide(access: &Access, role_id: RoleId) -> Result<Vec<Event>, Error> {
    let grant = access.grants.get(&role_id).ok_or(Error::RoleNotFound)?;
    if !grant.held {
        return Ok(vec![]);
    }
    let (organization_id, role) = (grant.role.organization(), grant.role.name());
    Ok(vec![Event::RoleRevoked(RoleRevoked { organization_id, role, role_id })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::Command,
        role::Role,
        testing::{fold, given, principal_id, profile::tenant, role_granted, role_revoked},
    };

    fn revoke(role: Role) -> Command {
        Command::RevokeRole(RoleId::of(principal_id(), role))
    }

    #[test]
    fn a_role_is_revoked_once() {
        for role in [Role::Administrator, Role::OrganizationAdministrator(tenant())] {
            given::<Access>([role_granted(role)]).when(revoke(role)).then([role_revoked(role)]);
            given::<Access>([role_granted(role), role_revoked(role)]).when(revoke(role)).then([]);
        }
    }

    #[test]
    fn a_role_that_was_never_granted_is_not_revoked() {
        given::<Access>([role_granted(Role::Auditor)])
            .when(revoke(Role::Administrator))
            .then_refused(Error::RoleNotFound);
    }

    #[test]
    fn a_revoked_role_gives_nothing() {
        let access: Access = fold([role_granted(Role::Auditor), role_revoked(Role::Auditor)]);
        assert_eq!(access.roles(), [].into_iter().collect());
    }
}
