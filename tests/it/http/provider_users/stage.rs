//! An enabled provider, and an organization that may begin to use it.

use crate::http::{
    server::{Reply, Server, cluster, provider},
    tenant::image,
};
use serde_json::{Value, json};
use tests::harness::Database;
use uuid::Uuid;

/// A provider with two clusters, an image on it, an organization, and the ways between them.
pub(super) struct Stage {
    pub(super) server: Server,
    pub(super) provider: String,
    pub(super) organization: String,
    pub(super) image: String,
}

impl Stage {
    pub(super) async fn new() -> Self {
        let server = Server::start(Database::create().await.options()).await;
        let made = server.post("/v1/organizations", &json!({"name": "ACME"})).await;
        let (provider, image) = enabled(&server).await;
        Self { organization: made.text_of("id"), server, provider, image }
    }

    /// Another enabled provider, for the next race.
    pub(super) async fn next(&mut self) {
        (self.provider, self.image) = enabled(&self.server).await;
    }

    /// The same, for another organization.
    pub(super) async fn with_another_organization(self) -> Self {
        let made = self.server.post("/v1/organizations", &json!({"name": "Zenith"})).await;
        Self { organization: made.text_of("id"), ..self }
    }

    pub(super) fn path(&self) -> String {
        format!("/v1/providers/{}", self.provider)
    }

    /// What belongs to the organization.
    pub(super) fn own(&self, rest: &str) -> String {
        format!("/v1/organizations/{}/{rest}", self.organization)
    }

    pub(super) fn association(&self) -> String {
        self.own(&format!("providers/{}", self.provider))
    }

    pub(super) async fn disable(&self, body: &Value) -> Reply {
        self.server.post(&format!("{}/disable", self.path()), body).await
    }

    pub(super) async fn set_visibility(&self, visibility: &str) -> Reply {
        self.server.patch(&self.path(), &json!({ "visibility": visibility })).await
    }

    pub(super) async fn associate(&self) {
        assert_eq!(self.server.put(&self.association(), &json!({})).await.status, 202);
    }

    /// The organization defines a profile there.
    pub(super) async fn define(&self) -> Reply {
        let name = Uuid::now_v7();
        let body = json!({
            "name": name, "provider_id": self.provider, "image_id": self.image, "replicas": 1,
        });
        self.server.post(&self.own("profiles"), &body).await
    }

    /// A profile that is there.
    pub(super) async fn profile(&self) -> String {
        let reply = self.define().await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.text_of("id")
    }

    /// The organization requests a workload.
    pub(super) async fn request(&self, profile: &str) -> Reply {
        let body = json!({"name": Uuid::now_v7(), "profile_id": profile});
        self.server.post(&self.own("workloads"), &body).await
    }

    /// A workload that is to run.
    pub(super) async fn workload(&self) -> String {
        let reply = self.request(&self.profile().await).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.text_of("id")
    }

    pub(super) async fn stop(&self, workload: &str) {
        let path = self.own(&format!("workloads/{workload}/stop"));
        assert_eq!(self.server.post(&path, &json!({})).await.status, 202);
    }

    pub(super) async fn remove(&self, path: &str) {
        let reply = self.server.delete(path).await;
        assert_eq!(reply.status, 202, "{path}: {reply:?}");
    }
}

/// An enabled provider with two clusters and an image.
async fn enabled(server: &Server) -> (String, String) {
    let mut body = provider(&Uuid::now_v7().to_string());
    body["clusters"] = json!([cluster(1), cluster(2)]);
    let id = server.post("/v1/providers", &body).await.text_of("id");
    let enabled = server.post(&format!("/v1/providers/{id}/enable"), &json!({})).await;
    assert_eq!(enabled.status, 202, "{enabled:?}");
    let image = image(server, &id, "nginx").await;
    (id, image)
}
