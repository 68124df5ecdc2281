//! What the port of clusters promises, asked of a real Swarm.

use crate::{
    lab::{CALL_TIMEOUT, Lab},
    world::Secured,
};
use adapters::{
    connector::Settings,
    credentials::{Credentials, Identity},
    swarm::Swarm,
};
use commands::ports::{
    Cluster,
    cluster::{Endpoint, Error, NodeChange},
};
use domain::{
    availability::Availability,
    cluster_url::ClusterUrl,
    provider,
    testing::{cluster, key, value},
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tests::harness::{
    certificate::{Authority, Pem},
    eventually,
};
use tokio::{sync::Notify, time::timeout};

fn connect(lab: &Lab, index: usize) -> Swarm {
    connected(&lab.url(index), lab.secured("berth"))
}

fn connected(url: &str, secured: Secured) -> Swarm {
    let url = ClusterUrl::parse(url).unwrap();
    let cluster = provider::Cluster { url, server_name: Some(secured.server_name), ..cluster(1) };
    let endpoint = Endpoint { kind: provider::Kind::Swarm, cluster, certificate: None };
    let Pem { key, certificate } = secured.own;
    let credentials = Credentials {
        authorities: Some(secured.authority),
        identity: Some(Identity { chain: certificate, key: key.into() }),
        token: None,
    };
    let settings = Settings { call_timeout: CALL_TIMEOUT, rules: Arc::default() };
    Swarm::new(&endpoint, &credentials, &settings).unwrap()
}

/// What is wrong is told apart, because each has another cure, and only silence is an outage.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_says_what_is_wrong() {
    let Some(lab) = Lab::enter().await else { return };
    let (good, url, stranger) = (|| lab.secured("berth"), lab.url(0), Authority::new("stranger"));
    let asked = async |url: &str, secured| connected(url, secured).nodes().await.map(drop);
    asked(&url, good()).await.unwrap();

    let wrong_authority = Secured { authority: stranger.certificate.clone(), ..good() };
    let failed = asked(&url, wrong_authority).await;
    assert!(matches!(failed, Err(Error::NotTrusted { .. })), "{failed:?}");
    let wrong_name = Secured { server_name: "other.internal".to_owned(), ..good() };
    let failed = asked(&url, wrong_name).await;
    assert!(matches!(failed, Err(Error::NotTrusted { .. })), "{failed:?}");

    let wrong_client = Secured { own: stranger.client("berth"), ..good() };
    let failed = asked(&url, wrong_client).await;
    assert!(matches!(failed, Err(Error::CredentialsRejected { .. })), "{failed:?}");

    let failed = asked("https://127.0.0.1:9", good()).await;
    assert!(matches!(failed, Err(Error::Unreachable { .. })), "{failed:?}");
    let failed = asked(&lab.url(1), good()).await;
    assert!(matches!(failed, Err(Error::ControlPlaneUnavailable { .. })), "{failed:?}");
}

fn zone(to: &str) -> NodeChange {
    NodeChange { set: [(key("zone"), value(to))].into(), ..NodeChange::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_from_an_old_revision_is_not_written() {
    let Some(lab) = Lab::enter().await else { return };
    let (swarm, id) = (connect(&lab, 0), lab.engines()[1].node_id.as_str());
    let shown = swarm.node(id).await.unwrap().unwrap();
    lab.update(1, &["--label-add=rack=7"]);
    let late = swarm.change_node(id, &shown.revision, &zone("a")).await;
    assert!(matches!(late, Err(Error::Overtaken { .. })), "{late:?}");
    assert_eq!(lab.labels(1), json!({"rack": "7"}));

    let shown = swarm.node(id).await.unwrap().unwrap();
    assert_eq!(shown.facts.labels["rack"], "7");
    swarm.change_node(id, &shown.revision, &zone("a")).await.unwrap();
    assert_eq!(lab.labels(1), json!({"rack": "7", "zone": "a"}));
    // The write itself has moved the node.
    let again = swarm.change_node(id, &shown.revision, &zone("b")).await;
    assert!(matches!(again, Err(Error::Overtaken { .. })), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_node_reads_as_in_the_list() {
    let Some(lab) = Lab::enter().await else { return };
    let swarm = connect(&lab, 0);
    let listed = swarm.nodes().await.unwrap();
    assert_eq!(listed.len(), lab.engines().len());
    for facts in listed {
        let shown = swarm.node(&facts.native_id).await.unwrap().unwrap();
        assert_eq!(shown.facts, facts);
    }
}

/// An engine also answers to a name, and to the beginning of an id; neither is a node of ours.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_whole_id_names_a_node() {
    let Some(lab) = Lab::enter().await else { return };
    let (swarm, engine) = (connect(&lab, 0), &lab.engines()[1]);
    for other in [engine.hostname.as_str(), &engine.node_id[..20], "abcdefghijklmnopqrstuvwxy"] {
        assert_eq!(swarm.node(other).await.unwrap(), None, "{other}");
    }
    let revision = swarm.node(&engine.node_id).await.unwrap().unwrap().revision;
    let gone = swarm.change_node("abcdefghijklmnopqrstuvwxy", &revision, &zone("a")).await;
    assert!(matches!(gone, Err(Error::Overtaken { .. })), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_availability_is_written_and_read() {
    let Some(lab) = Lab::enter().await else { return };
    let (swarm, id) = (connect(&lab, 0), lab.engines()[2].node_id.as_str());
    for to in [Availability::Pause, Availability::Drain, Availability::Active] {
        let change = NodeChange { availability: Some(to), ..NodeChange::default() };
        eventually("the change wins", || async {
            let revision = swarm.node(id).await.unwrap().unwrap().revision;
            let changed = swarm.change_node(id, &revision, &change).await;
            let is_late = matches!(changed, Err(Error::Overtaken { .. }));
            (!is_late).then(|| changed.unwrap())
        })
        .await;
        assert_eq!(lab.inspect(2)["Spec"]["Availability"], to.as_str());
        assert_eq!(swarm.node(id).await.unwrap().unwrap().facts.availability, to);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_hears_at_once_and_at_each_change() {
    let Some(lab) = Lab::enter().await else { return };
    let (swarm, changed) = (connect(&lab, 0), Notify::new());
    let heard = || timeout(Duration::from_secs(10), changed.notified());
    let story = async {
        heard().await.expect("it says that it listens");
        // The first signal comes as it begins to listen, so what follows at once may be missed.
        eventually("a change is heard", || async {
            let toggled = if lab.labels(1)["rack"] == "7" { "8" } else { "7" };
            lab.update(1, &[&format!("--label-add=rack={toggled}")]);
            timeout(Duration::from_secs(1), changed.notified()).await.ok()
        })
        .await;
    };
    tokio::select! {
        ended = swarm.follow(&changed) => panic!("{ended:?}"),
        () = story => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_learns_that_the_engine_died() {
    let Some(lab) = Lab::enter().await else { return };
    let swarm = connect(&lab, 2);
    let changed = Notify::new();
    let kill = async {
        changed.notified().await;
        tokio::task::block_in_place(|| lab.kill(2)).unwrap();
        std::future::pending::<()>().await;
    };
    let ended = timeout(Duration::from_secs(20), async {
        tokio::select! {
            ended = swarm.follow(&changed) => ended,
            () = kill => unreachable!(),
        }
    });
    let ended = ended.await.expect("it ends");
    tokio::task::block_in_place(|| lab.revive(2)).unwrap();
    lab.wait_until_node_is(2, "ready").unwrap();
    assert!(!matches!(ended, Err(Error::Refused { .. } | Error::Overtaken { .. })), "{ended:?}");
}
