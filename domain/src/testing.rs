//! Given/when/then, and named examples, for tests of this and other crates.
#![expect(clippy::unwrap_used, reason = "an example that does not parse must stop the test")]
#![expect(missing_docs, reason = "each example is its own description")]

pub mod certificates;
pub mod connectivity;
mod drain;
pub mod image;
pub mod profile;
pub mod registry;
pub mod secret;
pub mod secret_observation;
pub mod workload;
pub mod workload_observation;

use crate::{
    Aggregate, StreamId, Version, access,
    availability::Availability,
    change::Change,
    cluster_url::ClusterUrl,
    ids::{ClusterId, PrincipalId, ProviderId, RoleId, TokenId, WorkloadId},
    label::{Key, Value},
    name::Name,
    node::{self, Place},
    node_observation::{self, Facts, facts},
    organization, provider,
    role::Role,
};
use std::{collections::BTreeMap, fmt::Debug};
use uuid::Uuid;

pub use drain::{
    drain_cancelled, drain_completed, drain_deadline, drain_failed, drain_progressed, drain_start,
    drain_started, left,
};

/// A history, to which a command will be given.
pub struct Given<A: Aggregate> {
    state: A,
}

/// What came of the command.
pub struct When<A: Aggregate> {
    state: A,
    outcome: Result<Vec<A::Event>, A::Error>,
}

/// The state after a history.
pub fn fold<A: Aggregate>(history: impl IntoIterator<Item = A::Event>) -> A {
    history.into_iter().fold(A::default(), |state, event| state.evolve(&event))
}

/// Starts a test from a history.
pub fn given<A: Aggregate>(history: impl IntoIterator<Item = A::Event>) -> Given<A> {
    Given { state: fold(history) }
}

impl<A: Aggregate> Given<A> {
    /// Gives a command.
    pub fn when(self, command: A::Command) -> When<A> {
        let outcome = self.state.decide(command);
        When { state: self.state, outcome }
    }
}

impl<A: Aggregate + PartialEq + Debug> When<A>
where
    A::Event: PartialEq + Debug,
    A::Error: PartialEq,
{
    /// Expects these events, each of which must change the state.
    pub fn then(self, expected: impl IntoIterator<Item = A::Event>) {
        let expected: Vec<_> = expected.into_iter().collect();
        assert_eq!(self.outcome.unwrap(), expected);
        expected.iter().fold(self.state, |before, event| {
            let after = before.clone().evolve(event);
            assert!(before != after || is_report(event), "{event:?} changed nothing");
            after
        });
    }

    /// Whether it was not refused; the events are another story.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.outcome.is_ok()
    }

    /// Expects a refusal.
    pub fn then_refused(self, expected: A::Error) {
        assert_eq!(self.outcome.unwrap_err(), expected);
    }
}

/// A repair is a fact of its own; it leaves no trace in the state.
fn is_report(event: &impl Debug) -> bool {
    format!("{event:?}").starts_with("DriftRepaired")
}

pub fn principal_id() -> PrincipalId {
    PrincipalId(Uuid::from_u128(0xe1))
}
pub fn token_id(number: u128) -> TokenId {
    TokenId(Uuid::from_u128(number))
}
pub fn token_issued(number: u128, expires_at: Option<&str>) -> access::Event {
    let expires_at = expires_at.map(|time| time.parse().unwrap());
    access::issue_token::TokenIssued { expires_at, token_id: token_id(number) }.into()
}
pub fn token_revoked(number: u128) -> access::Event {
    access::revoke_token::TokenRevoked { token_id: token_id(number) }.into()
}
pub fn role_granted(role: Role) -> access::Event {
    let (organization_id, role_id) = (role.organization(), RoleId::of(principal_id(), role));
    access::grant_role::RoleGranted { organization_id, role: role.name(), role_id }.into()
}
pub fn role_revoked(role: Role) -> access::Event {
    let (organization_id, role_id) = (role.organization(), RoleId::of(principal_id(), role));
    access::revoke_role::RoleRevoked { organization_id, role: role.name(), role_id }.into()
}
pub fn place() -> Place {
    Place { cluster: ClusterId(Uuid::from_u128(0xc1)), provider: ProviderId(Uuid::from_u128(0xa1)) }
}
pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}
pub fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}
pub fn value(text: &str) -> Value {
    Value::parse(text).unwrap()
}
fn availability(text: &str) -> Availability {
    [Availability::Active, Availability::Pause, Availability::Drain]
        .into_iter()
        .find(|availability| availability.as_str() == text)
        .unwrap()
}

pub fn labeled(k: &str, v: &str, before: Option<&str>) -> node::Event {
    let Place { cluster: cluster_id, provider: provider_id } = place();
    let before = before.map(value);
    node::label::Labeled { before, cluster_id, key: key(k), provider_id, value: value(v) }.into()
}
pub fn label_removed(k: &str, before: &str) -> node::Event {
    let Place { cluster: cluster_id, provider: provider_id } = place();
    let before = value(before);
    node::remove_label::LabelRemoved { before, cluster_id, key: key(k), provider_id }.into()
}
pub fn availability_changed(to: &str, before: Option<&str>) -> node::Event {
    node::set_availability::AvailabilityChanged {
        availability: availability(to),
        before: before.map(availability),
        cluster_id: place().cluster,
        provider_id: place().provider,
    }
    .into()
}

pub fn facts(available: &str) -> Facts {
    Facts {
        address: "10.9.0.1".to_owned(),
        availability: availability(available),
        engine_labels: BTreeMap::new(),
        labels: BTreeMap::from([("rack".to_owned(), "1".to_owned())]),
        leader: true,
        name: "swarm-1".to_owned(),
        native_id: "n1".to_owned(),
        reachability: facts::Reachability::Reachable,
        role: facts::Role::Manager,
        state: facts::State::Ready,
    }
}
pub fn discovered(available: &str) -> node_observation::Event {
    let Place { cluster: cluster_id, provider: provider_id } = place();
    let facts = facts(available);
    node_observation::discover::Discovered { cluster_id, facts, provider_id }.into()
}
pub fn observed(available: &str) -> node_observation::Event {
    let Place { cluster: cluster_id, provider: provider_id } = place();
    let facts = facts(available);
    node_observation::discover::Observed { cluster_id, facts, provider_id }.into()
}
pub fn lost() -> node_observation::Event {
    let Place { cluster: cluster_id, provider: provider_id } = place();
    node_observation::lose::Lost { cluster_id, provider_id }.into()
}
pub fn change_applied(through: i64) -> node_observation::Event {
    let Place { cluster: cluster_id, provider: provider_id } = place();
    let through_version = Version(through);
    node_observation::report_change::ChangeApplied { cluster_id, provider_id, through_version }
        .into()
}
pub fn change_rejected(through: i64, reason: &str) -> node_observation::Event {
    node_observation::report_change::ChangeRejected {
        cluster_id: place().cluster,
        provider_id: place().provider,
        reason: reason.to_owned(),
        through_version: Version(through),
    }
    .into()
}
pub fn drift_repaired(k: &str) -> node_observation::Event {
    let Place { cluster: cluster_id, provider: provider_id } = place();
    let labels = vec![key(k)];
    let availability = None;
    node_observation::report_change::DriftRepaired { availability, cluster_id, labels, provider_id }
        .into()
}

pub fn availability_repaired(to: &str) -> node_observation::Event {
    let Place { cluster: cluster_id, provider: provider_id } = place();
    let (availability, labels) = (Some(availability(to)), vec![]);
    node_observation::report_change::DriftRepaired { availability, cluster_id, labels, provider_id }
        .into()
}

pub fn organization_registered(n: &str) -> organization::Event {
    organization::register::Registered { name: name(n) }.into()
}
pub fn organization_renamed(before: &str, after: &str) -> organization::Event {
    let name = Change { before: name(before), after: name(after) };
    organization::rename::Renamed { name }.into()
}
pub fn associated() -> organization::Event {
    organization::associate::Associated { provider_id: place().provider }.into()
}
pub fn dissociated() -> organization::Event {
    let (forced, provider_id) = (false, place().provider);
    organization::dissociate::Dissociated { forced, provider_id }.into()
}

pub fn cluster(number: u16) -> provider::Cluster {
    provider::Cluster {
        ca: None,
        certificate_id: None,
        token: None,
        id: ClusterId(Uuid::from_u128(0xc0 + u128::from(number))),
        name: name(&format!("swarm-{number}")),
        rank: number,
        server_name: None,
        url: ClusterUrl::parse(&format!("http://10.9.{number}.1:2375")).unwrap(),
        urls: vec![],
        weight: provider::Cluster::WEIGHT_DEFAULT,
    }
}
pub fn created(mode: provider::DeploymentMode) -> provider::Event {
    provider::create::Created {
        comments: "the first".to_owned(),
        deployment_mode: mode,
        kind: provider::Kind::Swarm,
        name: name("Paris"),
        visibility: provider::Visibility::Public,
    }
    .into()
}
pub fn cluster_added(number: u16) -> provider::Event {
    provider::add_cluster::ClusterAdded { cluster: cluster(number) }.into()
}
pub fn cluster_removed(number: u16) -> provider::Event {
    provider::remove_cluster::ClusterRemoved { cluster_id: cluster(number).id }.into()
}
pub fn provider_removed(clusters: &[u16]) -> provider::Event {
    let cluster_ids = clusters.iter().map(|number| cluster(*number).id).collect();
    provider::remove::Removed { cluster_ids }.into()
}
/// Each is a cluster's number, its rank before and its rank after.
pub fn ranked(ranks: &[(u16, u16, u16)]) -> provider::Event {
    let ranked = |(number, before, after): &(u16, u16, u16)| provider::rank_clusters::Ranked {
        cluster_id: cluster(*number).id,
        rank: Some(Change { before: *before, after: *after }),
        weight: None,
    };
    let clusters = ranks.iter().map(ranked).collect();
    provider::rank_clusters::ClusterRanked { clusters }.into()
}
pub fn enabled() -> provider::Event {
    provider::enable::Enabled {}.into()
}
pub fn disabled() -> provider::Event {
    provider::disable::Disabled { forced: false }.into()
}
pub fn renamed(before: &str, after: &str) -> provider::Event {
    let name = Some(Change { before: name(before), after: name(after) });
    provider::change_details::DetailsChanged { comments: None, name }.into()
}
pub fn commented(before: &str, after: &str) -> provider::Event {
    let comments = Some(Change { before: before.to_owned(), after: after.to_owned() });
    provider::change_details::DetailsChanged { comments, name: None }.into()
}
pub fn mode_changed(
    before: provider::DeploymentMode,
    after: provider::DeploymentMode,
) -> provider::Event {
    let deployment_mode = Change { before, after };
    provider::change_deployment_mode::DeploymentModeChanged { deployment_mode }.into()
}
pub fn probed_every(before: u32, after: u32) -> provider::Event {
    provider::change_failover_policy::FailoverPolicyChanged {
        probe_interval_ms: Some(Change { before, after }),
        ..Default::default()
    }
    .into()
}
pub fn made_public() -> provider::Event {
    let visibility =
        Change { before: provider::Visibility::Private, after: provider::Visibility::Public };
    provider::change_visibility::VisibilityChanged { visibility }.into()
}
/// A workload that runs.
pub fn user(number: u16) -> provider::User {
    let id = WorkloadId(Uuid::from_u128(0xd0 + u128::from(number)));
    provider::User {
        stream: StreamId::workload(id),
        name: Some(format!("workload-{number}")),
        organization: None,
        cluster: None,
        runs: true,
    }
}
pub fn made_private() -> provider::Event {
    let visibility =
        Change { before: provider::Visibility::Public, after: provider::Visibility::Private };
    provider::change_visibility::VisibilityChanged { visibility }.into()
}
pub fn endpoint_changed(
    changed: provider::change_cluster_endpoint::ClusterEndpointChanged,
) -> provider::Event {
    changed.into()
}
