//! What the port of clusters promises, asked of real ones.

use crate::{
    lab::CALL_TIMEOUT,
    real::{Change, Real},
    world::{Address, Secured},
};
use adapters::{
    api_version::Minimums,
    connector::Settings,
    credentials::{Credentials, Identity},
    kubernetes::Kubernetes,
    swarm::Swarm,
};
use commands::ports::{
    Cluster,
    cluster::{Endpoint, Error, NodeChange},
};
use domain::{
    availability::Availability,
    cluster_url::ClusterUrl,
    provider::{self, Kind},
    testing::{cluster, key, value},
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tests::harness::{
    certificate::{Authority, Pem},
    eventually,
};
use tokio::{sync::Notify, time::timeout};

/// As what the port calls the cluster, without a vault or a log.
pub(crate) fn connect(address: Address) -> Arc<dyn Cluster> {
    let Address { kind, url, urls: _, secured, token } = address;
    let url = ClusterUrl::parse(&url).unwrap();
    let secured = secured.unwrap();
    let cluster = provider::Cluster { url, server_name: Some(secured.server_name), ..cluster(1) };
    let endpoint = Endpoint { kind, cluster, certificate: None };
    let credentials = Credentials {
        authorities: Some(secured.authority),
        identity: secured
            .own
            .map(|Pem { key, certificate }| Identity { chain: certificate, key: key.into() }),
        token: token.map(Into::into),
    };
    let minimums = Minimums::default();
    let settings = Settings { call_timeout: CALL_TIMEOUT, rules: Arc::default(), minimums };
    match kind {
        Kind::Swarm => Arc::new(Swarm::new(&endpoint, &credentials, &settings).unwrap()),
        Kind::Kubernetes => Arc::new(Kubernetes::new(&endpoint, &credentials, &settings).unwrap()),
    }
}

/// What is wrong is told apart, because each has another cure, and only silence is an outage.
pub(super) async fn a_failure_says_what_is_wrong(real: &dyn Real) {
    let stranger = Authority::new("stranger");
    let with = |change: &dyn Fn(&mut Secured)| {
        let mut address = real.address();
        address.secured.as_mut().map(change);
        address
    };
    let asked = async |address| connect(address).nodes().await.map(drop);
    asked(real.address()).await.unwrap();

    let failed = asked(with(&|secured| secured.authority = stranger.certificate.clone())).await;
    assert!(matches!(failed, Err(Error::NotTrusted { .. })), "{failed:?}");
    let failed = asked(with(&|secured| secured.server_name = "other.internal".to_owned())).await;
    assert!(matches!(failed, Err(Error::NotTrusted { .. })), "{failed:?}");
    let failed = asked(with(&|secured| secured.own = Some(stranger.client("berth")))).await;
    assert!(matches!(failed, Err(Error::CredentialsRejected { .. })), "{failed:?}");
    let closed = Address { url: "https://127.0.0.1:9".to_owned(), ..real.address() };
    let failed = asked(closed).await;
    assert!(matches!(failed, Err(Error::Unreachable { .. })), "{failed:?}");
}

fn zone(to: &str) -> NodeChange {
    NodeChange { set: [(key("zone"), value(to))].into(), ..NodeChange::default() }
}

pub(super) async fn a_change_from_an_old_revision_is_not_written(real: &dyn Real) {
    let (cluster, id) = (connect(real.address()), real.is(1).native_id);
    let shown = cluster.node(&id).await.unwrap().unwrap();
    real.change(1, Change::Label("rack", "7"));
    let late = cluster.change_node(&id, &shown.revision, &zone("a")).await;
    assert!(matches!(late, Err(Error::Overtaken { .. })), "{late:?}");
    assert_eq!(real.labels(1), json!({"rack": "7"}));

    let shown = cluster.node(&id).await.unwrap().unwrap();
    assert_eq!(shown.facts.labels["rack"], "7");
    cluster.change_node(&id, &shown.revision, &zone("a")).await.unwrap();
    assert_eq!(real.labels(1), json!({"rack": "7", "zone": "a"}));
    // The write itself has moved the node.
    let again = cluster.change_node(&id, &shown.revision, &zone("b")).await;
    assert!(matches!(again, Err(Error::Overtaken { .. })), "{again:?}");
}

pub(super) async fn one_node_reads_as_in_the_list(real: &dyn Real) {
    let cluster = connect(real.address());
    let listed = cluster.nodes().await.unwrap();
    assert_eq!(listed.len(), real.nodes());
    for facts in listed {
        let shown = cluster.node(&facts.native_id).await.unwrap().unwrap();
        assert_eq!(shown.facts, facts);
    }
}

/// An engine also answers to a name, and to the beginning of an id; neither is a node of ours.
pub(super) async fn only_a_whole_id_names_a_node(real: &dyn Real) {
    let (cluster, is) = (connect(real.address()), real.is(1));
    for other in [is.name.as_str(), &is.native_id[..20], "abcdefghijklmnopqrstuvwxy"] {
        assert_eq!(cluster.node(other).await.unwrap(), None, "{other}");
    }
    let revision = cluster.node(&is.native_id).await.unwrap().unwrap().revision;
    let gone = cluster.change_node("abcdefghijklmnopqrstuvwxy", &revision, &zone("a")).await;
    assert!(matches!(gone, Err(Error::Overtaken { .. })), "{gone:?}");
}

pub(super) async fn each_availability_is_written_and_read(real: &dyn Real) {
    let (cluster, id) = (connect(real.address()), real.is(2).native_id);
    let (cluster, id) = (&cluster, id.as_str());
    for to in [Availability::Pause, Availability::Drain, Availability::Active] {
        let change = &NodeChange { availability: Some(to), ..NodeChange::default() };
        eventually("the change wins", || async {
            let revision = cluster.node(id).await.unwrap().unwrap().revision;
            let changed = cluster.change_node(id, &revision, change).await;
            let is_late = matches!(changed, Err(Error::Overtaken { .. }));
            (!is_late).then(|| changed.unwrap())
        })
        .await;
        assert_eq!(real.availability(2), to);
        assert_eq!(cluster.node(id).await.unwrap().unwrap().facts.availability, to);
    }
}

pub(super) async fn who_follows_hears_at_once_and_at_each_change(real: &dyn Real) {
    let (cluster, changed) = (connect(real.address()), Notify::new());
    let heard = || timeout(Duration::from_secs(10), changed.notified());
    let story = async {
        // It says that it listens.
        heard().await.unwrap();
        // The first signal comes as it begins to listen, so what follows at once may be missed.
        eventually("a change is heard", || async {
            let toggled = if real.labels(1)["rack"] == "7" { "8" } else { "7" };
            real.change(1, Change::Label("rack", toggled));
            timeout(Duration::from_secs(1), changed.notified()).await.ok()
        })
        .await;
    };
    tokio::select! {
        ended = cluster.follow(&changed) => panic!("{ended:?}"),
        () = story => {}
    }
}
