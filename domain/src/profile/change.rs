//! `ChangeProfile`: what is made from it next is made otherwise. What runs keeps the version that
//! it was made from, until it is updated.

use super::{Defined, Error, Event, Mount, Resources, environment::Environment};
use crate::{
    change::Change,
    constraint::Constraint,
    ids::{ImageId, OrganizationId, ProviderId},
    name::Name,
    replicas::Replicas,
};
use serde::{Deserialize, Serialize};

/// Changes what is given and leaves the rest.
#[derive(Clone, Debug, Default)]
pub struct ChangeProfile {
    /// Another command.
    pub command: Option<Vec<String>>,
    /// Other constraints.
    pub constraints: Option<Vec<Constraint>>,
    /// Other variables, all of them.
    pub environment: Option<Environment>,
    /// Another image of the same provider.
    pub image: Option<ImageId>,
    /// Another name.
    pub name: Option<Name>,
    /// Another number of containers.
    pub replicas: Option<Replicas>,
    /// Other limits.
    pub resources: Option<Resources>,
    /// Other secrets, all of them.
    pub secrets: Option<Vec<Mount>>,
}

/// A profile was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// Present if the command changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Change<Vec<String>>>,
    /// Present if the constraints changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<Change<Vec<Constraint>>>,
    /// Present if the variables changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Change<Environment>>,
    /// Present if the image changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<Change<ImageId>>,
    /// Present if the name changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Change<Name>>,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Where its containers run.
    pub provider_id: ProviderId,
    /// Present if the number of containers changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<Change<Replicas>>,
    /// Present if the limits changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Change<Resources>>,
    /// Present if the secrets changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Change<Vec<Mount>>>,
}

impl Changed {
    pub(super) fn apply(&self, defined: &mut Defined) {
        fn take<T: Clone>(field: &mut T, change: Option<&Change<T>>) {
            if let Some(change) = change {
                field.clone_from(&change.after);
            }
        }
        let definition = &mut defined.definition;
        take(&mut definition.command, self.command.as_ref());
        take(&mut definition.constraints, self.constraints.as_ref());
        take(&mut definition.environment, self.environment.as_ref());
        take(&mut definition.image_id, self.image_id.as_ref());
        take(&mut definition.name, self.name.as_ref());
        take(&mut definition.replicas, self.replicas.as_ref());
        take(&mut definition.resources, self.resources.as_ref());
        take(&mut definition.secrets, self.secrets.as_ref());
    }

    fn is_nothing(&self) -> bool {
        self.command.is_none()
            && self.constraints.is_none()
            && self.environment.is_none()
            && self.image_id.is_none()
            && self.name.is_none()
            && self.replicas.is_none()
            && self.resources.is_none()
            && self.secrets.is_none()
    }
}

pub(super) fn decide(defined: &Defined, change: ChangeProfile) -> Result<Vec<Event>, Error> {
    let now = &defined.definition;
    let changed = Changed {
        command: Change::wanted(&now.command, change.command),
        constraints: Change::wanted(&now.constraints, change.constraints),
        environment: Change::wanted(&now.environment, change.environment),
        image_id: Change::wanted(&now.image_id, change.image),
        name: Change::wanted(&now.name, change.name),
        organization_id: now.organization_id,
        provider_id: now.provider_id,
        replicas: Change::wanted(&now.replicas, change.replicas),
        resources: Change::wanted(&now.resources, change.resources),
        secrets: Change::wanted(&now.secrets, change.secrets),
    };
    if changed.is_nothing() {
        return Ok(vec![]);
    }
    let mut after = defined.clone();
    changed.apply(&mut after);
    after.definition.check()?;
    Ok(vec![Event::Changed(changed)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Aggregate, StreamId,
        claim::{Claim, UniqueName},
        profile::{Command, Definition, Profile},
        testing::{
            fold, given, name,
            profile::{
                defined, definition, equal, image_id, mount, removed, replicas, secret_id, tenant,
            },
        },
    };

    fn change(change: ChangeProfile) -> Command {
        Command::Change(Box::new(change))
    }

    /// Nothing changed, but for what a test says.
    fn unchanged() -> Changed {
        let Definition { organization_id, provider_id, .. } = definition("web");
        Changed {
            command: None,
            constraints: None,
            environment: None,
            image_id: None,
            name: None,
            organization_id,
            provider_id,
            replicas: None,
            resources: None,
            secrets: None,
        }
    }

    #[test]
    fn each_field_changes_by_itself() {
        let before = definition("web");
        let none = Resources::default;
        let cases: [(ChangeProfile, Changed); 8] = [
            (
                ChangeProfile { command: Some(vec![]), ..ChangeProfile::default() },
                Changed { command: Change::wanted(&before.command, Some(vec![])), ..unchanged() },
            ),
            (
                ChangeProfile { constraints: Some(vec![equal("a0", "b")]), ..Default::default() },
                Changed {
                    constraints: Change::wanted(&before.constraints, Some(vec![equal("a0", "b")])),
                    ..unchanged()
                },
            ),
            (
                ChangeProfile { environment: Some([].into()), ..Default::default() },
                Changed {
                    environment: Change::wanted(&before.environment, Some([].into())),
                    ..unchanged()
                },
            ),
            (
                ChangeProfile { image: Some(image_id(2)), ..Default::default() },
                Changed {
                    image_id: Change::wanted(&before.image_id, Some(image_id(2))),
                    ..unchanged()
                },
            ),
            (
                ChangeProfile { name: Some(name("api")), ..Default::default() },
                Changed { name: Change::wanted(&before.name, Some(name("api"))), ..unchanged() },
            ),
            (
                ChangeProfile { replicas: Some(replicas(9)), ..Default::default() },
                Changed {
                    replicas: Change::wanted(&before.replicas, Some(replicas(9))),
                    ..unchanged()
                },
            ),
            (
                ChangeProfile { resources: Some(none()), ..Default::default() },
                Changed {
                    resources: Change::wanted(&before.resources, Some(none())),
                    ..unchanged()
                },
            ),
            (
                ChangeProfile { secrets: Some(vec![]), ..Default::default() },
                Changed { secrets: Change::wanted(&before.secrets, Some(vec![])), ..unchanged() },
            ),
        ];
        for (wanted, changed) in cases {
            assert!(!changed.is_nothing());
            given::<Profile>([defined("web")]).when(change(wanted)).then([changed.into()]);
        }
    }

    #[test]
    fn what_is_there_already_changes_nothing() {
        let same = definition("web");
        let same = ChangeProfile {
            command: Some(same.command),
            constraints: Some(same.constraints),
            environment: Some(same.environment),
            image: Some(same.image_id),
            name: Some(same.name),
            replicas: Some(same.replicas),
            resources: Some(same.resources),
            secrets: Some(same.secrets),
        };
        given::<Profile>([defined("web")]).when(change(same)).then([]);
        given::<Profile>([defined("web")]).when(change(ChangeProfile::default())).then([]);
    }

    #[test]
    fn a_profile_does_not_grow_beyond_its_bound() {
        let most = Definition::TEXT_BYTES_MAX;
        let command = Some(vec!["x".repeat(most)]);
        let has = most + "LANG".len() + "C.UTF-8".len();
        given::<Profile>([defined("web")])
            .when(change(ChangeProfile { command, ..ChangeProfile::default() }))
            .then_refused(Error::TooLarge { most, has });
    }

    #[test]
    fn what_is_no_longer_used_is_let_go_and_what_is_new_is_held() {
        let profile = fold::<Profile>([defined("web")]);
        let secrets = vec![mount(2, "key.pem"), mount(3, "token")];
        let changed = Changed {
            image_id: Some(Change { before: image_id(1), after: image_id(2) }),
            name: Some(Change { before: name("web"), after: name("Api") }),
            secrets: Some(Change { before: vec![mount(1, "key.pem")], after: secrets }),
            ..unchanged()
        };
        let unique =
            |key: &str| UniqueName { scope: "profile", key: format!("{}/{key}", tenant()) };
        let secret = |number| StreamId::secret(secret_id(number));
        assert_eq!(
            profile.claims(&changed.into()),
            [
                Claim::Free(unique("web")),
                Claim::Take(unique("api")),
                Claim::Unrefer(StreamId::image(image_id(1))),
                Claim::Refer(StreamId::image(image_id(2))),
                Claim::Unrefer(secret(1)),
                Claim::Refer(secret(2)),
                Claim::Refer(secret(3)),
            ]
        );
    }

    #[test]
    fn a_secret_under_another_name_of_its_file_stays_held() {
        let profile = fold::<Profile>([defined("web")]);
        let after = vec![mount(1, "other"), mount(1, "copy")];
        let secrets = Some(Change { before: vec![mount(1, "key.pem")], after });
        assert_eq!(profile.claims(&Changed { secrets, ..unchanged() }.into()), []);
    }

    #[test]
    fn what_is_not_there_is_not_changed() {
        let wanted = || change(ChangeProfile::default());
        given::<Profile>([]).when(wanted()).then_refused(Error::NotFound);
        given::<Profile>([defined("web"), removed()]).when(wanted()).then_refused(Error::Removed);
    }
}
