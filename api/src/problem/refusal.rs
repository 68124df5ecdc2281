//! Which problem each refusal is.

use super::{Code, FieldError, Problem};
use commands::{
    Error, Refusal,
    ports::{event_log, vault},
    refusal::Since,
};
use domain::{
    Version, access, certificate,
    claim::UniqueName,
    cluster, image, node, node_observation, organization, profile,
    provider::{self, User},
    secret, workload,
};
use serde_json::{Value, json};
use std::fmt::Display;

/// How many users a refusal names; it counts them all.
const USERS_SHOWN_MAX: usize = 100;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Contended => Self::new(Code::Contended, error),
            Error::Log(error) => error.into(),
            Error::Vault(error) => error.into(),
        }
    }
}

impl From<vault::Error> for Problem {
    fn from(error: vault::Error) -> Self {
        let code = match error {
            vault::Error::Unavailable { .. } | vault::Error::NoMasterKey { .. } => {
                Code::Unavailable
            }
            vault::Error::Gone { .. }
            | vault::Error::Altered { .. }
            | vault::Error::OtherKind { .. }
            | vault::Error::NotKept => Code::Internal,
        };
        Self::hidden(code, &error)
    }
}

impl From<event_log::Error> for Problem {
    fn from(error: event_log::Error) -> Self {
        match error {
            event_log::Error::Busy => Self::new(Code::Busy, error),
            event_log::Error::Unavailable { .. } => Self::hidden(Code::Unavailable, &error),
            event_log::Error::Unreadable { .. } => Self::hidden(Code::UnreadableEvent, &error),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::Access(error) => error.into(),
            Refusal::Certificate(error) => error.into(),
            Refusal::Cluster(error) => error.into(),
            Refusal::Image(error) => error.into(),
            Refusal::Node(error) => error.into(),
            Refusal::NodeObservation(error) => error.into(),
            Refusal::Organization(error) => error.into(),
            Refusal::Profile(error) => error.into(),
            Refusal::Provider(error) => error.into(),
            Refusal::Secret(error) => error.into(),
            Refusal::Workload(error) => error.into(),
            Refusal::NameTaken { name, by } => {
                let (field, rule) = taken(&name);
                let problem = Self::new(Code::NameTaken, detail);
                problem.naming(field, "unique", rule).with("taken_by", by.to_string())
            }
            Refusal::Referred { by } => {
                let by: Vec<Value> = by.iter().map(|stream| stream.to_string().into()).collect();
                Self::new(Code::StillUsed, detail).with("used_by", by)
            }
            Refusal::TooManyUsers { most: _ } => Self::new(Code::TooManyUsers, detail),
            Refusal::Ended { stream: _ } => Self::new(Code::Removed, detail),
            Refusal::KeyReused => Self::new(Code::IdempotencyKeyReused, detail),
            Refusal::VersionGone { expected, current, since } => {
                gone(expected, current, &since, &detail)
            }
        }
    }
}

/// The field that carries a name, and what is asked of it.
fn taken(name: &UniqueName) -> (&'static str, &'static str) {
    let other_form = "must differ in more than case or form";
    match name.scope {
        image::SCOPE => ("/reference", other_form),
        secret::ADOPTED_SCOPE => ("native_id", "must not be adopted already"),
        _ => ("/name", other_form),
    }
}

fn gone(expected: Version, current: Version, since: &[Since], detail: &str) -> Problem {
    let changes: Vec<Value> = since
        .iter()
        .map(|since| {
            json!({
                "actor": since.actor.to_string(),
                "recorded_at": since.at.to_string(),
                "type": since.r#type,
                "fields": since.fields,
            })
        })
        .collect();
    Problem::new(Code::VersionGone, detail)
        .with("expected_version", expected.0)
        .with("current_version", current.0)
        .with("changes", changes)
}

impl From<access::Error> for Problem {
    fn from(error: access::Error) -> Self {
        let code = match error {
            access::Error::TokenNotFound => Code::TokenNotFound,
            access::Error::RoleNotFound => Code::RoleNotFound,
            access::Error::TooManyTokens { most: _ } => Code::TooManyTokens,
            access::Error::TooManyRoles { most: _ } => Code::TooManyRoles,
            access::Error::ExpiredAlready => {
                let detail = "must be in the future";
                let field = "/expires_at".to_owned();
                return Self::fields(vec![FieldError {
                    field,
                    rule: "past",
                    detail: detail.into(),
                }]);
            }
        };
        Self::new(code, error)
    }
}

impl From<certificate::Error> for Problem {
    fn from(error: certificate::Error) -> Self {
        let code = match error {
            certificate::Error::AlreadyExists => Code::AlreadyExists,
            certificate::Error::NotFound => Code::CertificateNotFound,
            certificate::Error::Removed => Code::Removed,
        };
        Self::new(code, error)
    }
}

impl From<cluster::Error> for Problem {
    fn from(error: cluster::Error) -> Self {
        let code = match error {
            cluster::Error::AlreadyExists => Code::AlreadyExists,
            cluster::Error::NotRequested => Code::ConnectivityTestNotFound,
        };
        Self::new(code, error)
    }
}

/// Names those that use something: as streams, and with what a reader knows them by.
fn used(code: Code, detail: impl Display, users: &[User]) -> Problem {
    let shown = || users.iter().take(USERS_SHOWN_MAX);
    let described = shown().map(|user| {
        json!({
            "kind": user.stream.kind.as_str(),
            "id": user.stream.id,
            "name": user.name,
            "organization_id": user.organization,
        })
    });
    let streams = shown().map(|user| Value::from(user.stream.to_string()));
    Problem::new(code, detail)
        .with("used_by", streams.collect::<Vec<Value>>())
        .with("users", described.collect::<Vec<Value>>())
        .with("user_count", users.len())
}

impl From<image::Error> for Problem {
    fn from(error: image::Error) -> Self {
        let code = match error {
            image::Error::NotFound => Code::ImageNotFound,
            image::Error::AlreadyExists => Code::AlreadyExists,
            image::Error::Disabled => Code::ImageDisabled,
            image::Error::Withdrawn => Code::Removed,
        };
        Self::new(code, error)
    }
}

impl From<node::Error> for Problem {
    fn from(error: node::Error) -> Self {
        let code = match error {
            node::Error::NotFound => Code::NodeNotFound,
            node::Error::NotDraining => Code::NotDraining,
            node::Error::Draining { deadline } => {
                return Self::new(Code::Draining, &error).with("deadline", deadline.to_string());
            }
            node::Error::LabelNotOwned(_) => Code::LabelNotOwned,
            node::Error::TooManyLabels { most: _ } => Code::TooManyLabels,
        };
        Self::new(code, error)
    }
}

impl From<node_observation::Error> for Problem {
    fn from(error: node_observation::Error) -> Self {
        let code = match error {
            node_observation::Error::NotDiscovered => Code::NodeNotFound,
        };
        Self::new(code, error)
    }
}

impl From<organization::Error> for Problem {
    fn from(error: organization::Error) -> Self {
        let code = match error {
            organization::Error::NotFound => Code::OrganizationNotFound,
            organization::Error::AlreadyExists => Code::AlreadyExists,
            organization::Error::NotAssociated => Code::NotAssociated,
            organization::Error::ProviderUsed(ref users) => {
                return used(Code::StillUsed, &error, users);
            }
        };
        Self::new(code, error)
    }
}

impl From<profile::Error> for Problem {
    fn from(error: profile::Error) -> Self {
        let code = match error {
            profile::Error::NotFound => Code::ProfileNotFound,
            profile::Error::AlreadyExists => Code::AlreadyExists,
            profile::Error::Removed => Code::Removed,
            profile::Error::TooLarge { most: _, has: _ } => Code::ProfileTooLarge,
        };
        Self::new(code, error)
    }
}

impl From<provider::Error> for Problem {
    fn from(error: provider::Error) -> Self {
        let code = match error {
            provider::Error::NotFound => Code::ProviderNotFound,
            provider::Error::Removed => Code::Removed,
            provider::Error::AlreadyExists => Code::AlreadyExists,
            provider::Error::Disabled => Code::ProviderDisabled,
            provider::Error::NoCluster => Code::NoCluster,
            provider::Error::LastCluster => Code::LastCluster,
            provider::Error::SingleCluster => Code::SingleCluster,
            provider::Error::TooManyClusters { most: _ } => Code::TooManyClusters,
            provider::Error::ClusterNotFound => Code::ClusterNotFound,
            provider::Error::RegistryNotFound => Code::RegistryNotFound,
            provider::Error::TooManyRegistries { most: _ } => Code::TooManyRegistries,
            provider::Error::NoPrimary => Code::NoPrimary,
            provider::Error::ProbeTimeout => {
                let detail = "must not be more than `probe_interval_ms`";
                return Self::at(Code::InvalidFields, "/probe_timeout_ms", "range", detail);
            }
            provider::Error::Used(ref users) | provider::Error::ClusterUsed(ref users) => {
                return used(Code::StillUsed, &error, users);
            }
            provider::Error::WorkloadsRun(ref users) => {
                return used(Code::WorkloadsRun, &error, users);
            }
            provider::Error::ShutOut(ref organizations) => {
                let shown = organizations.iter().take(USERS_SHOWN_MAX);
                let shown = shown.map(|(id, name)| json!({"id": id, "name": name}));
                return Self::new(Code::ShutOut, &error)
                    .with("organization_count", organizations.len())
                    .with("organizations", shown.collect::<Vec<Value>>());
            }
            provider::Error::ClusterTaken(field) => {
                let field = format!("/{field}");
                return Self::new(Code::ClusterTaken, &error).naming(&field, "unique", &error);
            }
            provider::Error::ClusterUnfit(unfit) => {
                let field = format!("/{}", unfit.field());
                return Self::new(Code::ClusterUnfit, &error).naming(&field, "unfit", unfit);
            }
            provider::Error::ClusterRejected { cluster, duplicate_of } => {
                return Self::new(Code::ClusterRejected, &error)
                    .with("cluster_id", json!(cluster))
                    .with("duplicate_of", json!(duplicate_of));
            }
            provider::Error::TokenNeeded => {
                return Self::new(Code::TokenNeeded, &error).naming("/token", "missing", &error);
            }
        };
        Self::new(code, error)
    }
}

impl From<secret::Error> for Problem {
    fn from(error: secret::Error) -> Self {
        let code = match error {
            secret::Error::NotFound => Code::SecretNotFound,
            secret::Error::AlreadyExists => Code::AlreadyExists,
            secret::Error::Removed => Code::Removed,
        };
        Self::new(code, error)
    }
}

impl From<workload::Error> for Problem {
    fn from(error: workload::Error) -> Self {
        let code = match error {
            workload::Error::NotFound => Code::WorkloadNotFound,
            workload::Error::AlreadyExists => Code::AlreadyExists,
            workload::Error::Removed => Code::Removed,
            workload::Error::NoMatchingNode => Code::NoMatchingNode,
        };
        Self::new(code, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{ResponseError, http::header};
    use domain::{StreamId, ids::ProviderId, label::Key};
    use uuid::Uuid;

    fn told(error: impl Into<Problem>) -> (u16, &'static str, bool) {
        let problem: Problem = error.into();
        let response = problem.error_response();
        let waits = response.headers().contains_key(header::RETRY_AFTER);
        (response.status().as_u16(), problem.code().slug(), waits)
    }

    #[test]
    fn a_log_that_does_not_answer_is_worth_another_try() {
        let lost = || std::io::Error::other("a password in a message").into();
        let unavailable = event_log::Error::Unavailable { tried: "append", source: lost() };
        assert_eq!(told(unavailable), (503, "unavailable", true));
        assert_eq!(told(Error::Log(event_log::Error::Busy)), (503, "busy", true));
        assert_eq!(told(Error::Contended), (409, "contended", false));
        let position = domain::Position(7);
        let unreadable = event_log::Error::Unreadable { position, source: lost() };
        assert_eq!(told(unreadable), (500, "unreadable-event", false));
        let unavailable = event_log::Error::Unavailable { tried: "append", source: lost() };
        assert!(!Problem::from(unavailable).to_string().contains("password"));
    }

    #[test]
    fn each_refusal_that_no_story_tells_has_its_status() {
        let stream = StreamId::provider(ProviderId(Uuid::nil()));
        let name = UniqueName { scope: "provider", key: "paris".to_owned() };
        let key = Key::parse("zone").unwrap();
        for (refusal, expected) in [
            (Refusal::NameTaken { name, by: stream }, (409, "name-taken", false)),
            (Refusal::Referred { by: vec![stream] }, (409, "still-used", false)),
            (Refusal::TooManyUsers { most: 1 }, (409, "too-many-users", false)),
            (Refusal::Ended { stream }, (410, "removed", false)),
            (Refusal::KeyReused, (422, "idempotency-key-reused", false)),
            (access::Error::TooManyRoles { most: 1 }.into(), (422, "too-many-roles", false)),
            (access::Error::TooManyTokens { most: 1 }.into(), (422, "too-many-tokens", false)),
            (image::Error::AlreadyExists.into(), (409, "already-exists", false)),
            (secret::Error::AlreadyExists.into(), (409, "already-exists", false)),
            (node::Error::LabelNotOwned(key).into(), (409, "label-not-owned", false)),
            (node::Error::TooManyLabels { most: 1 }.into(), (422, "too-many-labels", false)),
            (node_observation::Error::NotDiscovered.into(), (404, "node-not-found", false)),
            (organization::Error::AlreadyExists.into(), (409, "already-exists", false)),
            (provider::Error::AlreadyExists.into(), (409, "already-exists", false)),
            (provider::Error::Removed.into(), (410, "removed", false)),
            (provider::Error::LastCluster.into(), (409, "last-cluster", false)),
            (
                provider::Error::TooManyClusters { most: 1 }.into(),
                (422, "too-many-clusters", false),
            ),
        ] {
            assert_eq!(told(refusal), expected);
        }
    }
}
