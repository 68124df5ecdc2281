//! One real Kubernetes control plane for all stories, which take turns with it, and find it clean.

mod accounts;
mod connectivity;
mod drain;
mod expired;
mod pods;
mod workload;

use crate::{
    engine::Engine,
    front::Behind,
    kept::Keeps,
    real::{Change, Is, Real, Runs},
    world::{Address, Secured},
};
use commands::ports::cluster::workload::Which;
use domain::{
    availability::Availability,
    node_observation::facts::{Reachability, Role, State},
    provider::Kind,
};
use serde_json::{Value, json};
use std::{
    ops::Deref,
    sync::{Arc, LazyLock, OnceLock},
    time::Duration,
};
use tests::lab::{self, Kubernetes, Look, wait_for};
use tokio::{
    sync::{Mutex, MutexGuard},
    task::block_in_place,
};

const NODES: usize = 3;
/// The labels that kwok's nodes have from their first moment are all Kubernetes' own.
const SYSTEM: &str = "kubernetes.io/";
/// By which Berth tells a drain from a pause.
const MARK: &str = "berth/availability";
/// Of the policy that refuses changes, and of its binding.
const GATE: &str = "gate";
const POLICY_LIMIT: Duration = Duration::from_secs(60);

/// Never dropped: it ends with the namespaces that `tests/isolated` made.
static KUBERNETES: LazyLock<Mutex<Option<Kubernetes>>> = LazyLock::new(|| Mutex::new(None));

/// The same, used by whoever has the first.
static SECOND: OnceLock<Kubernetes> = OnceLock::new();

/// The control plane, for one story.
pub(crate) struct Lab(MutexGuard<'static, Option<Kubernetes>>);

impl Lab {
    /// Waits for its turn; `None` where there can be no lab.
    pub(crate) async fn enter() -> Option<Self> {
        if !lab::ready_for_kubernetes() {
            return None;
        }
        let mut kubernetes = KUBERNETES.lock().await;
        if kubernetes.is_none() {
            let started = block_in_place(|| Kubernetes::start("oslo", NODES));
            *kubernetes = Some(started.unwrap());
        }
        let lab = Self(kubernetes);
        pods::clean(&lab);
        (0..NODES).for_each(|index| lab.clean(index));
        lab.say(&["delete", "deployment", "--all-namespaces", "--selector=berth/workload"]);
        lab.say(&["delete", "secret", "--all-namespaces", "--selector=berth/secret"]);
        Some(lab)
    }

    /// What the control plane says of a node.
    fn inspect(&self, index: usize) -> Value {
        let name = self.0.as_ref().unwrap().nodes()[index].clone();
        serde_json::from_str(&self.say(&["get", "node", &name, "--output=json"])).unwrap()
    }

    /// Asks it to do something with a node.
    fn update(&self, verb: &[&str], index: usize, to: &[&str]) {
        let name = self.0.as_ref().unwrap().nodes()[index].clone();
        self.say(&[verb, &[name.as_str()], to].concat());
    }

    fn say(&self, arguments: &[&str]) -> String {
        block_in_place(|| self.kubectl(arguments)).unwrap()
    }

    fn clean(&self, index: usize) {
        let labels = self.labels(index);
        let keys = labels.as_object().into_iter().flat_map(|labels| labels.keys());
        let removals: Vec<String> = keys.map(|key| format!("{key}-")).collect();
        let removals: Vec<&str> = removals.iter().map(String::as_str).collect();
        if !removals.is_empty() {
            self.update(&["label", "node"], index, &removals);
        }
        self.change(index, Change::Availability(Availability::Active));
    }
}

/// A control plane by its address, by a name that is not in any DNS, and by the certificate of one
/// who may do everything.
pub(crate) fn address(kubernetes: &Kubernetes) -> Address {
    let secured = Some(secured(kubernetes));
    let (kind, url) = (Kind::Kubernetes, kubernetes.url());
    Address { kind, url, urls: vec![], secured, token: None }
}

fn secured(kubernetes: &Kubernetes) -> Secured {
    Secured {
        server_name: kubernetes.server_name().to_owned(),
        authority: kubernetes.authority().certificate.clone(),
        own: Some(kubernetes.admin()),
    }
}

/// The id of a control plane, as its own client says.
pub(crate) fn identity(kubernetes: &Kubernetes) -> String {
    let uid = ["get", "namespace", "kube-system", "--output=jsonpath={.metadata.uid}"];
    kubernetes.kubectl(&uid).unwrap()
}

impl Deref for Lab {
    type Target = Kubernetes;
    fn deref(&self) -> &Kubernetes {
        self.0.as_ref().unwrap()
    }
}

fn second() -> &'static Kubernetes {
    SECOND.get_or_init(|| block_in_place(|| Kubernetes::start("bergen", 1)).unwrap())
}

impl Runs for Lab {
    fn engine(&self) -> &dyn Engine {
        &**self
    }

    fn second(&self) -> &'static dyn Engine {
        second()
    }

    fn keeps(&self) -> [&dyn Keeps; 2] {
        [&**self, second()]
    }

    /// By pods that are wanted just so, and keep away from each other.
    fn spread(&self, which: Which) -> Option<Vec<String>> {
        let namespace = format!("--namespace=berth-{}", which.organization);
        let name = format!("spread-{}", which.workload);
        let selector = format!("--selector=spread={name}");
        let get = ["get", "pods", &namespace, &selector, "--output=json"];
        let pods: Value = serde_json::from_str(&self.say(&get)).unwrap();
        let pods = pods["items"].as_array().unwrap();
        if pods.is_empty() {
            let object = format!("deployment/{}", which.object_name());
            let shown = self.say(&["get", &object, &namespace, "--output=json"]);
            let spread = spread(serde_json::from_str(&shown).unwrap(), &name);
            // Made already, perhaps, and without pods yet.
            let made = block_in_place(|| self.create(&spread));
            assert!(made.is_ok() || made.unwrap_err().to_string().contains("AlreadyExists"));
        }
        let judged = |pod: &Value| {
            let all = pod["status"]["conditions"].as_array().into_iter().flatten();
            all.clone().any(|condition| condition["type"] == "PodScheduled")
        };
        if pods.len() < NODES || !pods.iter().all(judged) {
            return None;
        }
        self.say(&["delete", "deployment", &name, &namespace, "--wait=false"]);
        let places = pods.iter().filter_map(|pod| pod["spec"]["nodeName"].as_str());
        Some(places.map(str::to_owned).collect())
    }
}

/// The pods of a Deployment, one for each node, no two of them on one.
fn spread(mut deployment: Value, name: &str) -> Value {
    let labels = json!({"spread": name});
    let apart = json!({
        "labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname",
    });
    let mut pod = deployment["spec"]["template"]["spec"].take();
    pod["affinity"]["podAntiAffinity"] =
        json!({"requiredDuringSchedulingIgnoredDuringExecution": [apart]});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": name, "namespace": deployment["metadata"]["namespace"]},
        "spec": {
            "replicas": NODES, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    })
}

impl Real for Lab {
    fn address(&self) -> Address {
        address(self)
    }

    fn behind(&self) -> Behind {
        Behind::Address(self.url(), Arc::new(secured(self)))
    }

    fn identity(&self) -> String {
        block_in_place(|| identity(self))
    }

    fn nodes(&self) -> usize {
        NODES
    }

    fn is(&self, node: usize) -> Is {
        let shown = self.inspect(node)["metadata"].take();
        Is {
            native_id: shown["uid"].as_str().unwrap().to_owned(),
            name: shown["name"].as_str().unwrap().to_owned(),
            address: self.node_address(node).to_string(),
            role: Role::Worker,
            reachability: Reachability::Reachable,
            leader: false,
        }
    }

    fn labels(&self, node: usize) -> Value {
        let Value::Object(mut labels) = self.inspect(node)["metadata"]["labels"].take() else {
            return json!({});
        };
        labels.retain(|key, _| !key.contains(SYSTEM));
        Value::Object(labels)
    }

    fn engine_label(&self, node: usize) -> (&'static str, String) {
        ("kubernetes.io/hostname", self.0.as_ref().unwrap().nodes()[node].clone())
    }

    fn availability(&self, node: usize) -> Availability {
        let shown = self.inspect(node);
        let is_marked = shown["metadata"]["annotations"][MARK] == "drain";
        match (shown["spec"]["unschedulable"] == true, is_marked) {
            (false, _) => Availability::Active,
            (true, false) => Availability::Pause,
            (true, true) => Availability::Drain,
        }
    }

    fn version(&self, node: usize) -> String {
        self.inspect(node)["metadata"]["resourceVersion"].to_string()
    }

    fn change(&self, node: usize, to: Change<'_>) {
        match to {
            Change::Label(key, value) => {
                let label = format!("{key}={value}");
                self.update(&["label", "--overwrite", "node"], node, &[&label]);
            }
            Change::Unlabel(key) => self.update(&["label", "node"], node, &[&format!("{key}-")]),
            Change::Availability(to) => {
                let (verb, mark) = match to {
                    Availability::Active => ("uncordon", format!("{MARK}-")),
                    Availability::Pause => ("cordon", format!("{MARK}-")),
                    Availability::Drain => ("cordon", format!("{MARK}=drain")),
                };
                self.update(&["annotate", "--overwrite", "node"], node, &[&mark]);
                self.update(&[verb], node, &[]);
            }
        }
    }

    /// By a policy of its admission, which takes a moment to hold.
    fn refuse(&self, node: usize) -> &'static str {
        let kind = |kind: &str, spec: Value| {
            json!({
                "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
                "metadata": {"name": GATE}, "spec": spec,
            })
        };
        let rule = json!({
            "apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"],
            "resources": ["nodes"],
        });
        let denied = json!({"expression": "false", "message": "nodes are frozen"});
        let policy = json!({
            "failurePolicy": "Fail", "matchConstraints": {"resourceRules": [rule]},
            "validations": [denied],
        });
        let binding = json!({"policyName": GATE, "validationActions": ["Deny"]});
        let policy = kind("ValidatingAdmissionPolicy", policy);
        let binding = kind("ValidatingAdmissionPolicyBinding", binding);
        block_in_place(|| self.create(&policy).and_then(|()| self.create(&binding))).unwrap();
        self.until_permitted(node, false);
        "nodes are frozen"
    }

    fn permit(&self, node: usize) {
        for kind in ["validatingadmissionpolicybinding", "validatingadmissionpolicy"] {
            self.say(&["delete", kind, GATE]);
        }
        self.until_permitted(node, true);
    }

    fn lose(&self, node: usize) -> State {
        block_in_place(|| {
            self.silence().unwrap();
            self.wait_until_node_is(node, "Unknown").unwrap();
        });
        State::Unreachable
    }

    fn find(&self, node: usize) {
        block_in_place(|| {
            self.unsilence().unwrap();
            self.wait_until_node_is(node, "True").unwrap();
        });
    }

    fn run(&self, name: &str, copies: usize) {
        pods::run(self, name, copies, &json!({}));
    }

    fn run_where(&self, name: &str, copies: usize, (key, value): (&str, &str)) {
        pods::run(self, name, copies, &json!({"nodeSelector": {key: value}}));
    }

    /// A budget permits none of it to be missing.
    fn run_stubborn(&self, name: &str, copies: usize) -> &'static str {
        pods::run(self, name, copies, &json!({}));
        pods::budget(self, name, copies);
        "violate the pod's disruption budget"
    }

    fn persuade(&self, name: &str) {
        self.say(&["delete", "poddisruptionbudget", name]);
    }

    fn running(&self, name: &str, node: usize) -> usize {
        pods::running(self, name, node).len()
    }

    fn freeze(&self) {
        Kubernetes::freeze(self).unwrap();
    }

    fn thaw(&self) {
        Kubernetes::thaw(self).unwrap();
    }
}

impl Lab {
    fn until_permitted(&self, node: usize, wanted: bool) {
        let name = &self.0.as_ref().unwrap().nodes()[node];
        let try_it = ["label", "--dry-run=server", "node", name, "tried=it"];
        let look = || match self.kubectl(&try_it) {
            seen if seen.is_ok() == wanted => Look::Done(()),
            seen => Look::NotYet(format!("{seen:?}")),
        };
        block_in_place(|| wait_for("the policy holds, or is gone", POLICY_LIMIT, look)).unwrap();
    }
}
