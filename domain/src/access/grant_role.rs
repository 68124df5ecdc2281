//! `GrantRole`: a principal may do more, in the instance or in one organization.

use super::{Access, Error, Event};
use crate::{
    ids::{OrganizationId, RoleId},
    role::{Name, Role},
};
use serde::{Deserialize, Serialize};

/// A role was granted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RoleGranted {
    /// Where it holds; null for the instance.
    pub organization_id: Option<OrganizationId>,
    /// What it allows.
    pub role: Name,
    /// The same for the same role of the same principal.
    pub role_id: RoleId,
}

/// The intention.
#[derive(Clone, Debug)]
pub struct GrantRole {
    /// `RoleId::of` principal and role.
    pub id: RoleId,
    /// What, and where.
    pub role: Role,
}

pub(super) fn decide(access: &Access, grant: GrantRole) -> Result<Vec<Event>, Error> {
    let GrantRole { id: role_id, role } = grant;
    if access.grants.get(&role_id).is_some_and(|grant| grant.held) {
        return Ok(vec![]);
    }
    if access.grants.values().filter(|grant| grant.held).count() >= Access::ROLES_MAX {
        return Err(Error::TooManyRoles { most: Access::ROLES_MAX });
    }
    let organization_id = role.organization();
    Ok(vec![Event::RoleGranted(RoleGranted { organization_id, role: role.name(), role_id })])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::Command,
        ids::PrincipalId,
        testing::{fold, given, principal_id, profile::tenant, role_granted, role_revoked},
    };
    use uuid::Uuid;

    fn grant(role: Role) -> Command {
        Command::GrantRole(GrantRole { id: RoleId::of(principal_id(), role), role })
    }

    #[test]
    fn a_role_is_granted_once_and_again_after_it_was_revoked() {
        let member = Role::Member(tenant());
        given::<Access>([]).when(grant(member)).then([role_granted(member)]);
        given::<Access>([role_granted(member)]).when(grant(member)).then([]);
        given::<Access>([role_granted(member), role_revoked(member)])
            .when(grant(member))
            .then([role_granted(member)]);
    }

    #[test]
    fn a_role_of_the_instance_and_one_of_an_organization_are_held_together() {
        let (auditor, member) = (Role::Auditor, Role::Member(tenant()));
        given::<Access>([role_granted(auditor)]).when(grant(member)).then([role_granted(member)]);
        let access: Access = fold([role_granted(auditor), role_granted(member)]);
        assert_eq!(access.roles(), [auditor, member].into_iter().collect());
    }

    #[test]
    fn only_held_roles_count_against_the_bound() {
        let most = u128::try_from(Access::ROLES_MAX).unwrap();
        let role = |number| Role::Member(OrganizationId(Uuid::from_u128(number)));
        let full = || (1..=most).map(|number| role_granted(role(number)));
        given::<Access>(full())
            .when(grant(Role::Auditor))
            .then_refused(Error::TooManyRoles { most: Access::ROLES_MAX });
        given::<Access>(full().chain([role_revoked(role(1))]))
            .when(grant(Role::Auditor))
            .then([role_granted(Role::Auditor)]);
    }

    #[test]
    fn the_same_role_of_two_principals_has_two_ids() {
        let other = PrincipalId(Uuid::from_u128(9));
        assert_ne!(RoleId::of(principal_id(), Role::Auditor), RoleId::of(other, Role::Auditor));
        let ids = [Role::Auditor, Role::Administrator, Role::Member(tenant())]
            .map(|role| RoleId::of(other, role));
        assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    }
}
