//! An organization with a provider that it may use, and nodes as the worker would report them.

use super::server::{Reply, Server, cluster, provider};
use commands::node::observe::ObserveNode;
use domain::{
    availability::Availability,
    ids::{ClusterId, ProviderId},
    node::Place,
    node_observation::facts::State,
    testing::facts,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// An organization, a provider and an image.
pub(super) struct Tenant<'a> {
    pub(super) server: &'a Server,
    pub(super) organization: String,
    pub(super) provider: String,
    pub(super) image: String,
    pub(super) clusters: Vec<String>,
}

/// A node of a story: its name, its labels, and whether it takes work.
pub(super) struct Node<'a> {
    pub(super) name: &'a str,
    pub(super) labels: &'a [(&'a str, &'a str)],
    pub(super) availability: Availability,
    pub(super) state: State,
}

impl<'a> Node<'a> {
    /// One that works.
    pub(super) fn new(name: &'a str, labels: &'a [(&'a str, &'a str)]) -> Self {
        Self { name, labels, availability: Availability::Active, state: State::Ready }
    }
}

impl<'a> Tenant<'a> {
    /// With an enabled public provider in this mode.
    pub(super) async fn new(server: &'a Server, mode: &str, clusters: u16) -> Self {
        let made = server.post("/v1/organizations", &json!({"name": "Acme"})).await;
        let organization = made.text_of("id");
        let mut body = provider("Paris");
        body["deployment_mode"] = json!(mode);
        body["clusters"] = (1..=clusters).map(cluster).collect();
        let provider = server.post("/v1/providers", &body).await.text_of("id");
        let path = format!("/v1/providers/{provider}");
        let enabled = server.post(&format!("{path}/enable"), &json!({})).await;
        let shown = server.get(&format!("{path}?at_least={}", enabled.position())).await.json();
        let clusters = shown["clusters"].as_array().unwrap().iter();
        let clusters = clusters.map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        let image = image(server, &provider, "nginx").await;
        Self { server, organization, provider, image, clusters }
    }

    /// The path of the organization, and what follows.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/v1/organizations/{}/{rest}", self.organization)
    }

    /// A profile that may be defined, with all there is.
    pub(super) fn profile(&self, name: &str) -> Value {
        json!({
            "name": name, "provider_id": self.provider, "image_id": self.image, "replicas": 2,
            "command": ["sh", "-c", "sleep 1"], "environment": {"LANG": "C.UTF-8"},
            "secrets": [],
            "resources": {"cpu_millicores": 500, "memory_bytes": 67_108_864},
            "constraints": [{"label": "Type", "operator": "NOT_EQUAL", "value": "GPU"}],
        })
    }

    /// Defines it.
    pub(super) async fn defined(&self, name: &str) -> String {
        let reply = self.server.post(&self.path("profiles"), &self.profile(name)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.text_of("id")
    }

    /// Requests a workload.
    pub(super) async fn request(&self, name: &str, profile: &str) -> Reply {
        let body = json!({"name": name, "profile_id": profile});
        self.server.post(&self.path("workloads"), &body).await
    }

    /// Requests a workload that is placed.
    pub(super) async fn requested(&self, name: &str, profile: &str) -> String {
        let reply = self.request(name, profile).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.text_of("id")
    }

    /// Reads what is there now.
    pub(super) async fn shown(&self, rest: &str) -> Reply {
        let join = if rest.contains('?') { '&' } else { '?' };
        let head = self.server.head().await;
        self.server.get(&self.path(&format!("{rest}{join}at_least={head}"))).await
    }

    /// A cluster shows a node.
    pub(super) async fn node(&self, cluster: usize, node: &Node<'_>) {
        let mut facts = facts("active");
        let label = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        facts.native_id = node.name.to_owned();
        facts.name = node.name.to_owned();
        facts.labels = node.labels.iter().map(label).collect();
        facts.availability = node.availability;
        facts.state = node.state;
        let place = Place {
            cluster: ClusterId(Uuid::parse_str(&self.clusters[cluster]).unwrap()),
            provider: ProviderId(Uuid::parse_str(&self.provider).unwrap()),
        };
        let observe = ObserveNode { place, facts };
        self.server.writer.handle(&observe, &crate::story::request()).await.unwrap();
    }
}

/// An image that every organization may use.
pub(super) async fn image(server: &Server, provider: &str, reference: &str) -> String {
    let path = format!("/v1/providers/{provider}/images");
    let body = json!({"reference": reference, "visibility": "public"});
    let id = server.post(&path, &body).await.text_of("id");
    let enabled = server.post(&format!("{path}/{id}/enable"), &json!({})).await;
    assert_eq!(enabled.status, 202, "{enabled:?}");
    id
}

/// Status and problem of a refusal.
pub(super) fn refused(reply: &Reply) -> (u16, String) {
    (reply.status, reply.problem())
}

/// What a story expects of a refusal.
pub(super) fn problem(status: u16, slug: &str) -> (u16, String) {
    (status, slug.to_owned())
}
