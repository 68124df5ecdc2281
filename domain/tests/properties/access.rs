//! Every history of what a principal was given.

use crate::law;
use domain::{
    access::{
        Access, Command, Event,
        grant_role::{GrantRole, RoleGranted},
        issue_token::{IssueToken, TokenIssued},
        revoke_role::RoleRevoked,
        revoke_token::TokenRevoked,
    },
    ids::{OrganizationId, PrincipalId, RoleId, TokenId},
    role::{Name, Role},
    timestamp::Timestamp,
};
use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, prop_assert, prop_oneof, proptest},
};
use uuid::Uuid;

const PRINCIPAL: PrincipalId = PrincipalId(Uuid::nil());

fn token() -> impl Strategy<Value = TokenId> {
    (0..4_u128).prop_map(|number| TokenId(Uuid::from_u128(number)))
}

fn organization() -> impl Strategy<Value = OrganizationId> {
    (0..2_u128).prop_map(|number| OrganizationId(Uuid::from_u128(number)))
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![
        Just(Role::Administrator),
        Just(Role::Auditor),
        organization().prop_map(Role::Member),
        organization().prop_map(Role::OrganizationAdministrator),
    ]
}

fn name() -> impl Strategy<Value = Name> {
    role().prop_map(Role::name)
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..5_u8).prop_map(|hour| format!("2026-03-01T0{hour}:00:00.000000Z").parse().unwrap())
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let any = prop_oneof![
        (token(), option::of(time()), time()).prop_map(|(token, expires_at, now)| {
            Command::IssueToken(IssueToken { token, expires_at, now })
        }),
        token().prop_map(Command::RevokeToken),
        role().prop_map(|role| {
            Command::GrantRole(GrantRole { id: RoleId::of(PRINCIPAL, role), role })
        }),
        role().prop_map(|role| Command::RevokeRole(RoleId::of(PRINCIPAL, role))),
    ];
    vec(any, 0..40)
}

/// Also roles at places where there are none.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let id = || role().prop_map(|role| RoleId::of(PRINCIPAL, role));
    let any = prop_oneof![
        (option::of(time()), token()).prop_map(|(expires_at, token_id)| TokenIssued {
            expires_at,
            token_id
        }
        .into()),
        token().prop_map(|token_id| TokenRevoked { token_id }.into()),
        (option::of(organization()), name(), id()).prop_map(|(organization_id, role, role_id)| {
            RoleGranted { organization_id, role, role_id }.into()
        }),
        (option::of(organization()), name(), id()).prop_map(|(organization_id, role, role_id)| {
            RoleRevoked { organization_id, role, role_id }.into()
        }),
    ];
    vec(any, 0..40)
}

proptest! {
    #[test]
    fn a_command_acts_once(commands in commands()) {
        law::each_command_acts_once::<Access>(commands, |_| false)?;
    }

    #[test]
    fn what_was_revoked_never_becomes_valid_again(events in events(), later in events()) {
        let before = law::fold::<Access>(&events);
        let after = law::fold::<Access>(&[events, later].concat());
        let revoked = before.tokens.iter().filter(|(_, token)| token.revoked);
        for (id, _) in revoked {
            prop_assert!(after.tokens[id].revoked);
        }
    }

    #[test]
    fn a_history_reads_back(commands in commands(), events in events()) {
        let history = law::history::<Access>(commands);
        law::a_history_reads_back::<Access>(&history)?;
        law::a_history_reads_back::<Access>(&events)?;
        law::tags_are_a_sorted_set::<Access>(PRINCIPAL, &history)?;
    }

    #[test]
    fn any_events_fold_and_can_be_decided_on(events in events(), commands in commands()) {
        let access = law::fold::<Access>(&events);
        for command in commands {
            let _ = domain::Aggregate::decide(&access, command);
        }
    }
}
