//! Who may do what on Kubernetes: a token says who asks, and the cluster knows what that one may.

use super::Lab;
use crate::{
    both::{contract::connect, drain::on_one_node},
    real::{Real, node, world},
    tenant::Tenant,
    world::{Address, Secured, World},
};
use commands::ports::cluster::{Error, Manner, NodeChange};
use domain::{
    availability::Availability,
    testing::{key, value},
};
use serde_json::json;
use std::time::Duration;
use tests::harness::eventually;

const ACCOUNT: &str = "berth";
/// All that Berth needs of nodes.
const VERBS: &str = "--verb=get,list,watch,patch";
/// What it needs besides to drain them, and to say before what that would do.
const DRAIN_RIGHTS: [(&str, &str); 3] = [
    ("--verb=list", "pods"),
    ("--verb=create", "pods/eviction"),
    ("--verb=list", "poddisruptionbudgets.policy"),
];
/// Longer than any story.
const LONG: Duration = Duration::from_secs(600);
/// The same for workloads: what may be done, and with what.
const WORKLOAD_RIGHTS: [(&str, &str); 3] = [
    ("get,list,create,update,delete", "deployments.apps"),
    ("get,create", "namespaces"),
    ("list", "pods"),
];

impl Lab {
    /// Registered by a token alone.
    pub(crate) fn by_token(&self, token: String) -> Address {
        let own = None;
        let secured = self.address().secured.map(|secured| Secured { own, ..secured });
        Address { secured, token: Some(token), ..self.address() }
    }

    /// Makes an account that may do nothing yet, and gives its token.
    pub(crate) fn account(&self, name: &str) -> String {
        self.say(&["create", "serviceaccount", name]);
        tokio::task::block_in_place(|| self.token(name)).unwrap()
    }

    pub(super) fn allow(&self, account: &str, verbs: &str) {
        self.allow_as(account, account, (verbs, "nodes"));
    }

    fn allow_as(&self, name: &str, account: &str, (verbs, resource): (&str, &str)) {
        self.say(&["create", "clusterrole", name, verbs, &format!("--resource={resource}")]);
        let (role, to) =
            (format!("--clusterrole={name}"), format!("--serviceaccount=default:{account}"));
        self.say(&["create", "clusterrolebinding", name, &role, &to]);
    }

    /// Lets it see which cluster it is.
    fn allow_identity(&self, account: &str) {
        let name = format!("{account}-identity");
        let one = "--resource-name=kube-system";
        self.say(&["create", "clusterrole", &name, "--verb=get", "--resource=namespaces", one]);
        let (role, to) =
            (format!("--clusterrole={name}"), format!("--serviceaccount=default:{account}"));
        self.say(&["create", "clusterrolebinding", &name, &role, &to]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_the_rights_that_berth_needs_is_enough() {
    let Some(lab) = Lab::enter().await else { return };
    let token = lab.account(ACCOUNT);
    lab.allow(ACCOUNT, VERBS);
    lab.allow_identity(ACCOUNT);
    let world = World::new(&lab.by_token(token)).await;
    let node = node(&world, &lab, 1);
    eventually("the rights hold", || async {
        world.sweep().await;
        world.seen(node).await
    })
    .await;
    world.label(node, "zone", "a").await;
    world.sweep().await;
    assert_eq!(lab.labels(1), json!({"zone": "a"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_says_which_right_it_lacks_and_goes_on_with_it() {
    let Some(lab) = Lab::enter().await else { return };
    on_one_node(&lab, || lab.run("web", 1));
    let token = lab.account("drainer");
    lab.allow("drainer", VERBS);
    lab.allow_identity("drainer");
    let world = World::new(&lab.by_token(token)).await;
    let node = node(&world, &lab, 1);
    eventually("the rights hold", || async {
        world.sweep().await;
        world.seen(node).await
    })
    .await;
    world.drain(node, LONG).await;
    eventually("the drain has failed", || async {
        world.sweep().await;
        (world.count(node, "DrainFailed").await == 1).then_some(())
    })
    .await;
    let history = world.history(node).await;
    let failed = serde_json::to_value(&history.last().unwrap().payload).unwrap();
    assert_eq!(failed["reason"], "refused");
    let words = failed["words"].as_str().unwrap();
    assert!(words.contains(r#"cannot list resource "pods""#), "{words}");

    for (index, right) in DRAIN_RIGHTS.into_iter().enumerate() {
        lab.allow_as(&format!("drainer-{index}"), "drainer", right);
    }
    let cluster = connect(lab.by_token(lab.token("drainer").unwrap()));
    let id = lab.is(1).native_id;
    let change = NodeChange { availability: Some(Availability::Drain), ..NodeChange::default() };
    let effects = eventually("it may look", || async {
        cluster.impact(&id, &change, Manner::Gentle).await.ok()
    });
    assert_eq!(effects.await.touched.len(), 1);
    world.drain(node, LONG).await;
    eventually("the drain is done", || async {
        world.sweep().await;
        (world.count(node, "DrainCompleted").await == 1).then_some(())
    })
    .await;
    assert_eq!(lab.running("web", 1), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workload_that_the_account_may_not_make_is_rejected_until_it_may() {
    let Some(lab) = Lab::enter().await else { return };
    let token = lab.account("deployer");
    lab.allow("deployer", VERBS);
    let world = World::new(&lab.by_token(token)).await;
    let tenant = Tenant::new(&world).await;
    let id = tenant.request(tenant.define(vec![]).await, 1).await;
    eventually("it is rejected", || async {
        world.sweep().await;
        world.told_of(id).await.contains(&"WorkloadRejected").then_some(())
    })
    .await;
    let row = world.shown(&tenant, id).await.unwrap();
    let reason = row.condition.unwrap().reason.unwrap();
    assert!(reason.contains(r#"cannot get resource "deployments""#), "{reason}");
    assert_eq!(world.told_of(id).await, ["WorkloadRejected"], "said once");

    for (number, (verbs, resource)) in WORKLOAD_RIGHTS.into_iter().enumerate() {
        let role = format!("deployer-{number}");
        let (verbs, resource) = (format!("--verb={verbs}"), format!("--resource={resource}"));
        lab.say(&["create", "clusterrole", &role, &verbs, &resource]);
        let role_of = format!("--clusterrole={role}");
        let to = "--serviceaccount=default:deployer";
        lab.say(&["create", "clusterrolebinding", &role, &role_of, to]);
    }
    eventually("it runs", || async {
        world.sweep().await;
        world.told_of(id).await.contains(&"WorkloadRunning").then_some(())
    })
    .await;
    tenant.remove(id).await;
    world.settle_removed(id, world.cluster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_unknown_is_told_from_who_may_not() {
    let Some(lab) = Lab::enter().await else { return };
    let unknown = connect(lab.by_token("nonsense".to_owned())).nodes().await;
    assert!(matches!(unknown, Err(Error::CredentialsRejected { .. })), "{unknown:?}");

    let reader = lab.account("reader");
    let cluster = connect(lab.by_token(reader));
    let Err(Error::PermissionMissing { words, .. }) = cluster.nodes().await else {
        panic!("it may not list")
    };
    let whole = r#"User "system:serviceaccount:default:reader" cannot list resource "nodes""#;
    assert!(words.contains(whole), "{words}");

    lab.allow("reader", "--verb=get,list");
    let id = lab.is(1).native_id;
    let shown = eventually("it may read", || async { cluster.node(&id).await.ok() }).await;
    let change = NodeChange { set: [(key("zone"), value("a"))].into(), ..NodeChange::default() };
    let changed = cluster.change_node(&id, &shown.unwrap().revision, &change).await;
    let Err(Error::PermissionMissing { words, .. }) = changed else { panic!("{changed:?}") };
    assert!(words.contains(r#"cannot patch resource "nodes""#), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_server_that_died_is_driven_again_once_it_is_back() {
    let Some(lab) = Lab::enter().await else { return };
    let world = world(&lab).await;
    let node = node(&world, &lab, 1);
    world.sweep().await;
    tokio::task::block_in_place(|| lab.kill()).unwrap();
    let failed = connect(lab.address()).nodes().await;
    assert!(matches!(failed, Err(Error::Unreachable { .. })), "{failed:?}");
    tokio::task::block_in_place(|| lab.revive()).unwrap();
    world.label(node, "zone", "a").await;
    eventually("it is driven again", || async { world.reconcile(node).await.ok() }).await;
    assert_eq!(lab.labels(1), json!({"zone": "a"}));
}
