//! The objects of workloads as a cluster's own client sees them, and what somebody else does to
//! them.

use crate::world::{Address, Secured};
use commands::ports::cluster::workload::Which;
use domain::{ids::InstanceId, provider::Kind};
use serde_json::Value;
use std::collections::BTreeMap;
use tests::lab::{Error, Kubernetes, SERVER_NAME, Swarm};
use tokio::task::block_in_place;

/// How often a change is tried that others overtake.
const TRIES_MAX: usize = 10;

/// One cluster, asked by its own client.
pub(crate) trait Engine: Send + Sync {
    /// How it is registered.
    fn registered(&self) -> Address;
    /// The object of a workload, if there is one.
    fn object(&self, which: Which) -> Option<Object>;
    /// Changes the object behind Berth's back.
    fn alter(&self, which: Which, to: Alter<'_>);
}

/// An object of a workload.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Object {
    /// Its id, which no other ever has.
    pub(crate) id: String,
    pub(crate) replicas: u64,
    pub(crate) image: String,
    pub(crate) environment: Vec<String>,
    /// What it says of where it comes from.
    pub(crate) words: BTreeMap<String, String>,
    /// The names of the nodes on which its containers run, one for each container.
    pub(crate) places: Vec<String>,
}

/// What somebody else does to an object.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Alter<'a> {
    Replicas(u32),
    Image(&'a str),
    /// Says that another Berth made it.
    By(InstanceId),
    Remove,
}

impl Engine for Swarm {
    fn registered(&self) -> Address {
        let authority = self.authority().unwrap();
        let secured = Some(Secured {
            server_name: SERVER_NAME.to_owned(),
            authority: authority.certificate.clone(),
            own: Some(authority.client("berth")),
        });
        Address { kind: Kind::Swarm, url: self.url(0), urls: vec![], secured, token: None }
    }

    fn object(&self, which: Which) -> Option<Object> {
        let name = which.object_name();
        let shown = match docker(self, &["service", "inspect", &name]) {
            Ok(shown) => serde_json::from_str::<Value>(&shown).unwrap()[0].take(),
            Err(error) if error.to_string().contains("no such service") => return None,
            Err(error) => panic!("{error}"),
        };
        let format = "{{.Node}}|{{.CurrentState}}";
        let filter = "--filter=desired-state=running";
        let tasks = docker(self, &["service", "ps", filter, "--format", format, &name]);
        let running = |line: &str| {
            let (node, state) = line.split_once('|')?;
            state.starts_with("Running").then(|| node.to_owned())
        };
        // It may be gone between the two questions.
        let places = tasks.unwrap_or_default().lines().filter_map(running).collect();
        let container = &shown["Spec"]["TaskTemplate"]["ContainerSpec"];
        Some(Object {
            id: shown["ID"].as_str().unwrap().to_owned(),
            replicas: shown["Spec"]["Mode"]["Replicated"]["Replicas"].as_u64().unwrap(),
            image: container["Image"].as_str().unwrap().to_owned(),
            environment: texts(&container["Env"]),
            words: words(&shown["Spec"]["Labels"], "berth."),
            places,
        })
    }

    fn alter(&self, which: Which, to: Alter<'_>) {
        let name = which.object_name();
        let update = |argument: &str| docker(self, &["service", "update", "-d", argument, &name]);
        let change = || match to {
            Alter::Replicas(replicas) => update(&format!("--replicas={replicas}")),
            Alter::Image(image) => {
                let image = format!("--image={image}");
                docker(self, &["service", "update", "-d", "--no-resolve-image", &image, &name])
            }
            Alter::By(instance) => update(&format!("--label-add=berth.instance={instance}")),
            Alter::Remove => docker(self, &["service", "rm", &name]),
        };
        for _ in 0..TRIES_MAX {
            match change() {
                Err(error) if error.to_string().contains("out of sequence") => {}
                done => return drop(done.unwrap()),
            }
        }
        panic!("others were faster {TRIES_MAX} times");
    }
}

impl Engine for Kubernetes {
    fn registered(&self) -> Address {
        let secured = Some(Secured {
            server_name: self.server_name().to_owned(),
            authority: self.authority().certificate.clone(),
            own: Some(self.admin()),
        });
        Address { kind: Kind::Kubernetes, url: self.url(), urls: vec![], secured, token: None }
    }

    fn object(&self, which: Which) -> Option<Object> {
        let (namespace, name) = (namespace(which), which.object_name());
        let get = ["get", "deployment", &name, &namespace, "--output=json"];
        let shown: Value = match kubectl(self, &get) {
            Ok(shown) => serde_json::from_str(&shown).unwrap(),
            Err(error) if error.to_string().contains("NotFound") => return None,
            Err(error) => panic!("{error}"),
        };
        let selector = format!("--selector=berth/workload={}", which.workload);
        let pods = kubectl(self, &["get", "pods", &namespace, &selector, "--output=json"]).unwrap();
        let pods: Value = serde_json::from_str(&pods).unwrap();
        let runs = |pod: &&Value| {
            pod["status"]["phase"] == "Running" && pod["metadata"]["deletionTimestamp"].is_null()
        };
        let pods = pods["items"].as_array().into_iter().flatten().filter(runs);
        let container = &shown["spec"]["template"]["spec"]["containers"][0];
        let variable = |one: &Value| {
            format!("{}={}", one["name"].as_str().unwrap(), one["value"].as_str().unwrap_or(""))
        };
        let mut all = words(&shown["metadata"]["labels"], "berth/");
        all.extend(words(&shown["metadata"]["annotations"], "berth/"));
        Some(Object {
            id: shown["metadata"]["uid"].as_str().unwrap().to_owned(),
            replicas: shown["spec"]["replicas"].as_u64().unwrap(),
            image: container["image"].as_str().unwrap().to_owned(),
            environment: container["env"].as_array().into_iter().flatten().map(variable).collect(),
            words: all,
            places: pods.map(|pod| pod["spec"]["nodeName"].as_str().unwrap().to_owned()).collect(),
        })
    }

    fn alter(&self, which: Which, to: Alter<'_>) {
        let (namespace, name) = (namespace(which), which.object_name());
        let object = format!("deployment/{name}");
        let done = match to {
            Alter::Replicas(replicas) => {
                kubectl(self, &["scale", &namespace, &object, &format!("--replicas={replicas}")])
            }
            Alter::Image(image) => {
                kubectl(self, &["set", "image", &namespace, &object, &format!("main={image}")])
            }
            Alter::By(instance) => {
                let label = format!("berth/instance={instance}");
                kubectl(self, &["label", "--overwrite", &namespace, &object, &label])
            }
            Alter::Remove => kubectl(self, &["delete", &namespace, &object, "--wait=false"]),
        };
        done.unwrap();
    }
}

fn namespace(which: Which) -> String {
    format!("--namespace=berth-{}", which.organization)
}

fn docker(swarm: &Swarm, arguments: &[&str]) -> Result<String, Error> {
    block_in_place(|| swarm.docker(0, arguments))
}

fn kubectl(kubernetes: &Kubernetes, arguments: &[&str]) -> Result<String, Error> {
    block_in_place(|| kubernetes.kubectl(arguments))
}

fn texts(array: &Value) -> Vec<String> {
    let texts = array.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

fn words(all: &Value, prefix: &str) -> BTreeMap<String, String> {
    let all = all.as_object().into_iter().flatten();
    let own = all.filter_map(|(key, text)| {
        Some((key.strip_prefix(prefix)?.to_owned(), text.as_str()?.to_owned()))
    });
    own.collect()
}
