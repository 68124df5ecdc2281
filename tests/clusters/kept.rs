//! The objects of secrets as a cluster's own client sees them, and what somebody else does to them.

use commands::ports::cluster::workload::Which;
use domain::ids::{OrganizationId, SecretId};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::lab::{Kubernetes, Swarm};
use tokio::task::block_in_place;

/// A cluster that keeps secrets, asked by its own client.
pub(crate) trait Keeps: Send + Sync {
    /// The objects of a secret, by what the client calls them, with their ids.
    fn kept(&self, secret: SecretId) -> BTreeMap<String, String>;
    /// Takes one away.
    fn take(&self, called: &str);
    /// Makes one that no Berth made, where those of an organization are; says what it is called.
    fn make(&self, organization: OrganizationId, name: &str) -> String;
    /// What the containers of a workload read as a file, once for each that runs.
    fn read(&self, which: Which, file: &str) -> Vec<String>;
}

fn docker(swarm: &Swarm, index: usize, arguments: &[&str]) -> String {
    block_in_place(|| swarm.docker(index, arguments)).unwrap()
}

fn kubectl(kubernetes: &Kubernetes, arguments: &[&str]) -> String {
    block_in_place(|| kubernetes.kubectl(arguments)).unwrap()
}

impl Keeps for Swarm {
    fn kept(&self, secret: SecretId) -> BTreeMap<String, String> {
        let filter = format!("--filter=label=berth.secret={secret}");
        let listed = docker(self, 0, &["secret", "ls", &filter, "--format={{.Name}} {{.ID}}"]);
        let pair = |line: &str| {
            let (name, id) = line.split_once(' ').unwrap();
            (name.to_owned(), id.to_owned())
        };
        listed.lines().map(pair).collect()
    }

    fn take(&self, called: &str) {
        docker(self, 0, &["secret", "rm", called]);
    }

    fn make(&self, _: OrganizationId, name: &str) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), crate::keeper::value()).unwrap();
        docker(self, 0, &["secret", "create", name, file.path().to_str().unwrap()]);
        name.to_owned()
    }

    fn read(&self, which: Which, file: &str) -> Vec<String> {
        let service =
            format!("--filter=label=com.docker.swarm.service.name={}", which.object_name());
        let path = format!("/run/secrets/{file}");
        let mut read = vec![];
        for engine in 0..self.engines().len() {
            for container in docker(self, engine, &["ps", "--quiet", &service]).split_whitespace() {
                let cat = ["exec", container, "cat", &path];
                // It may have ended meanwhile.
                read.extend(block_in_place(|| self.docker(engine, &cat)).ok());
            }
        }
        read
    }
}

impl Keeps for Kubernetes {
    fn kept(&self, secret: SecretId) -> BTreeMap<String, String> {
        let selector = format!("--selector=berth/secret={secret}");
        let get = ["get", "secrets", "--all-namespaces", &selector, "--output=json"];
        let listed: Value = serde_json::from_str(&kubectl(self, &get)).unwrap();
        let pair = |item: &Value| {
            let word = |key: &str| item["metadata"][key].as_str().unwrap().to_owned();
            assert_eq!(item["immutable"], true);
            (format!("{}/{}", word("namespace"), word("name")), word("uid"))
        };
        listed["items"].as_array().unwrap().iter().map(pair).collect()
    }

    fn take(&self, called: &str) {
        let (namespace, name) = called.split_once('/').unwrap();
        kubectl(self, &["delete", "secret", name, &format!("--namespace={namespace}")]);
    }

    fn make(&self, organization: OrganizationId, name: &str) -> String {
        let namespace = format!("berth-{organization}");
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "stringData": {"value": crate::keeper::value()},
        });
        block_in_place(|| self.create(&secret)).unwrap();
        format!("{namespace}/{name}")
    }

    /// There is nothing in a pod here, so: what the kubelet would put there.
    fn read(&self, which: Which, file: &str) -> Vec<String> {
        let namespace = format!("--namespace=berth-{}", which.organization);
        let selector = format!("--selector=berth/workload={}", which.workload);
        let get = ["get", "pods", &namespace, &selector, "--output=json"];
        let pods: Value = serde_json::from_str(&kubectl(self, &get)).unwrap();
        let runs = |pod: &&Value| {
            pod["status"]["phase"] == "Running" && pod["metadata"]["deletionTimestamp"].is_null()
        };
        let value = |pod: &Value| {
            let spec = &pod["spec"];
            assert_eq!(spec["containers"][0]["volumeMounts"][0]["mountPath"], "/run/secrets");
            let sources = spec["volumes"][0]["projected"]["sources"].as_array().unwrap();
            let named = sources.iter().find(|source| source["secret"]["items"][0]["path"] == file);
            let named = &named.unwrap()["secret"];
            let key = named["items"][0]["key"].as_str().unwrap();
            let template =
                format!("--output=go-template={{{{index .data \"{key}\" | base64decode}}}}");
            let name = named["name"].as_str().unwrap();
            kubectl(self, &["get", "secret", name, &namespace, &template])
        };
        pods["items"].as_array().unwrap().iter().filter(runs).map(value).collect()
    }
}
