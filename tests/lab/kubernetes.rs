//! A control plane of the lab behaves like one of real machines.

use std::fs;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::lab::{self, Error, Kubernetes, Look, wait_for};

const START_LIMIT: Duration = Duration::from_secs(60);
const PODS_LIMIT: Duration = Duration::from_secs(60);

#[test]
fn a_control_plane_comes_up_with_ready_nodes() {
    if !lab::ready_for_kubernetes() {
        return;
    }
    let start = Instant::now();
    let kubernetes = Kubernetes::start("oslo", 3).unwrap();
    let took = start.elapsed();
    // Not by `eprintln!`, which the harness keeps to itself when the test passes.
    writeln!(io::stderr(), "a control plane was ready after {:.1} s", took.as_secs_f32()).unwrap();
    assert!(took < START_LIMIT, "it took {took:?}");

    let names = kubernetes.kubectl(&["get", "nodes", "--output=name"]).unwrap();
    assert_eq!(names, "node/oslo-1\nnode/oslo-2\nnode/oslo-3\n");
    let node = read(&kubernetes, &["node", "oslo-2"]);
    let address = &node["status"]["addresses"][0]["address"];
    assert_eq!(*address, kubernetes.node_address(1).to_string());
    assert_eq!(node["metadata"]["labels"]["kubernetes.io/hostname"], "oslo-2");
    kubernetes.stop().unwrap();
}

#[test]
fn pods_run_where_affinity_says() {
    if !lab::ready_for_kubernetes() {
        return;
    }
    let kubernetes = Kubernetes::start("bergen", 4).unwrap();
    kubernetes.kubectl(&["label", "node", "bergen-2", "bergen-4", "zone=a"]).unwrap();
    let terms = json!([{"matchExpressions": [
        {"key": "zone", "operator": "In", "values": ["a"]},
        {"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["bergen-4"]},
    ]}]);
    kubernetes.create(&deployment("web", 2, &terms)).unwrap();
    assert_eq!(places(&kubernetes, "web", 2), ["bergen-2", "bergen-2"]);

    let nowhere = json!([{"matchExpressions": [
        {"key": "zone", "operator": "In", "values": ["b"]},
    ]}]);
    kubernetes.create(&deployment("lost", 1, &nowhere)).unwrap();
    wait_for("the scheduler says why", PODS_LIMIT, || {
        let pods = read(&kubernetes, &["pods", "--selector=app=lost"]);
        match pods["items"][0]["status"]["conditions"][0]["reason"].as_str() {
            Some("Unschedulable") => Look::Done(()),
            _ => Look::NotYet(pods.to_string()),
        }
    })
    .unwrap();
}

#[test]
fn an_account_may_do_what_it_was_allowed() {
    if !lab::ready_for_kubernetes() {
        return;
    }
    let kubernetes = Kubernetes::start("narvik", 1).unwrap();
    kubernetes.kubectl(&["create", "serviceaccount", "berth"]).unwrap();
    let token = kubernetes.token("berth").unwrap();
    let refused = with_token(&kubernetes, &token, &["get", "nodes"]).unwrap_err().to_string();
    let words = r#"User "system:serviceaccount:default:berth" cannot list resource "nodes""#;
    assert!(refused.contains("Forbidden") && refused.contains(words), "{refused}");

    let role = ["create", "clusterrole", "reader", "--verb=list,get", "--resource=nodes"];
    kubernetes.kubectl(&role).unwrap();
    let binding = ["--clusterrole=reader", "--serviceaccount=default:berth"];
    kubernetes
        .kubectl(&[&["create", "clusterrolebinding", "berth"], &binding[..]].concat())
        .unwrap();
    let names = wait_for("the account may read", PODS_LIMIT, || {
        match with_token(&kubernetes, &token, &["get", "nodes", "--output=name"]) {
            Ok(names) => Look::Done(names),
            Err(error) => Look::NotYet(error.to_string()),
        }
    })
    .unwrap();
    assert_eq!(names, "node/narvik-1\n");
    let refused =
        with_token(&kubernetes, &token, &["label", "node", "narvik-1", "zone=a"]).unwrap_err();
    assert!(refused.to_string().contains("cannot patch resource"), "{refused}");
    assert_unknown(&kubernetes, "nonsense");
}

#[test]
fn the_server_has_one_name_and_no_address() {
    if !lab::ready_for_kubernetes() {
        return;
    }
    let kubernetes = Kubernetes::start("moss", 0).unwrap();
    let address = format!("--tls-server-name={}", kubernetes.address);
    let refused = kubernetes.kubectl(&["get", "nodes", &address]).unwrap_err().to_string();
    assert!(refused.contains("doesn't contain any IP SANs"), "{refused}");
    let refused = kubernetes.kubectl(&["get", "nodes", "--tls-server-name=other.internal"]);
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains(kubernetes.server_name()), "{refused}");
}

#[test]
fn a_killed_or_frozen_api_server_comes_back() {
    if !lab::ready_for_kubernetes() {
        return;
    }
    let kubernetes = Kubernetes::start("skien", 2).unwrap();
    kubernetes.kubectl(&["label", "node", "skien-1", "zone=a"]).unwrap();
    kubernetes.kill().unwrap();
    assert!(kubernetes.kubectl(&["get", "nodes", "--request-timeout=2s"]).is_err());
    kubernetes.revive().unwrap();
    let node = read(&kubernetes, &["node", "skien-1"]);
    assert_eq!(node["metadata"]["labels"]["zone"], "a");
    kubernetes.create(&deployment("web", 1, &json!([]))).unwrap();
    assert_eq!(places(&kubernetes, "web", 1).len(), 1);

    kubernetes.freeze().unwrap();
    assert!(kubernetes.kubectl(&["get", "nodes", "--request-timeout=2s"]).is_err());
    kubernetes.thaw().unwrap();
    kubernetes.wait_until_node_is(1, "True").unwrap();
}

#[test]
fn nodes_that_fall_silent_are_no_longer_known_to_be_ready() {
    if !lab::ready_for_kubernetes() {
        return;
    }
    let kubernetes = Kubernetes::start("vardo", 1).unwrap();
    kubernetes.silence().unwrap();
    kubernetes.wait_until_node_is(0, "Unknown").unwrap();
    kubernetes.unsilence().unwrap();
    kubernetes.wait_until_node_is(0, "True").unwrap();
}

#[test]
fn two_control_planes_know_nothing_of_each_other() {
    if !lab::ready_for_kubernetes() {
        return;
    }
    let [east, west] = std::thread::scope(|scope| {
        let start = |name| scope.spawn(move || Kubernetes::start(name, 1).unwrap());
        ["east", "west"].map(start).map(|started| started.join().unwrap())
    });
    let uid = |of: &Kubernetes| read(of, &["namespace", "kube-system"])["metadata"]["uid"].take();
    assert_ne!(uid(&east), uid(&west));
    assert!(east.kubectl(&["get", "node", "west-1"]).is_err());
    east.kubectl(&["create", "serviceaccount", "berth"]).unwrap();
    let token = east.token("berth").unwrap();
    with_token(&east, &token, &["get", "--raw=/version"]).unwrap();
    assert_unknown(&west, &token);

    east.stop().unwrap();
    west.wait_until_node_is(0, "True").unwrap();
}

#[test]
fn a_cut_link_heals() {
    if !lab::ready_for_kubernetes() {
        return;
    }
    let kubernetes = Kubernetes::start("hamar", 1).unwrap();
    let reach = || {
        let address = (kubernetes.address, 6443).into();
        std::net::TcpStream::connect_timeout(&address, Duration::from_secs(2)).map(drop)
    };
    reach().unwrap();
    kubernetes.cut().unwrap();
    assert!(reach().is_err(), "nobody reaches it");
    kubernetes.wait_until_node_is(0, "True").expect("it lives on by itself");
    kubernetes.heal().unwrap();
    wait_for("it is reached again", START_LIMIT, || match reach() {
        Ok(()) => Look::Done(()),
        Err(error) => Look::NotYet(error.to_string()),
    })
    .unwrap();
}

fn assert_unknown(kubernetes: &Kubernetes, token: &str) {
    let refused = with_token(kubernetes, token, &["get", "--raw=/api/v1/nodes"]).unwrap_err();
    assert!(refused.to_string().contains("must be logged in"), "{refused}");
}

fn read(kubernetes: &Kubernetes, what: &[&str]) -> Value {
    let answer = kubernetes.kubectl(&[&["get", "--output=json"], what].concat()).unwrap();
    serde_json::from_str(&answer).unwrap()
}

/// Runs kubectl with a token, and no certificate.
fn with_token(kubernetes: &Kubernetes, token: &str, ask: &[&str]) -> Result<String, Error> {
    let ca = tempfile::NamedTempFile::new().unwrap();
    fs::write(&ca, &kubernetes.authority().certificate).unwrap();
    let own = [
        "--kubeconfig=/dev/null".to_owned(),
        format!("--server={}", kubernetes.url()),
        format!("--certificate-authority={}", ca.path().display()),
        format!("--tls-server-name={}", kubernetes.server_name()),
        format!("--token={token}"),
    ];
    kubernetes.kubectl(&[&own.each_ref().map(String::as_str), ask].concat())
}

/// The nodes of the running pods of an application, once there are so many.
fn places(kubernetes: &Kubernetes, app: &str, count: usize) -> Vec<String> {
    wait_for(&format!("{app} runs"), PODS_LIMIT, || {
        let pods = read(kubernetes, &["pods", &format!("--selector=app={app}")]);
        let running = |pod: &&Value| pod["status"]["phase"] == "Running";
        let node = |pod: &Value| pod["spec"]["nodeName"].as_str().map(str::to_owned);
        let items = pods["items"].as_array().into_iter().flatten();
        let nodes: Vec<String> = items.filter(running).filter_map(node).collect();
        if nodes.len() == count { Look::Done(nodes) } else { Look::NotYet(pods.to_string()) }
    })
    .unwrap()
}

/// A deployment whose pods need a node that one of the terms describes; any, where there is none.
fn deployment(name: &str, replicas: u32, terms: &Value) -> Value {
    let mut pod = json!({"containers": [{"name": "main", "image": "localhost:1/demo:1"}]});
    if terms.as_array().is_some_and(|terms| !terms.is_empty()) {
        pod["affinity"] = json!({"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms},
        }});
    }
    let labels = json!({"app": name});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    })
}
