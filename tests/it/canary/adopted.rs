//! A secret that is adopted, which only a cluster that shows it permits.

use super::{Canaries, Field, field};
use crate::http::foreign_secrets::swarm;
use reqwest::Method;
use serde_json::json;

/// A provider with such a cluster, and the adoption.
pub(super) fn fields(canaries: &mut Canaries) -> [Field; 4] {
    let post = || Method::POST;
    let cluster = |name: &str| json!({"name": name, "url": swarm()});
    let provider = json!({
        "name": "Adopts", "kind": "swarm", "visibility": "public",
        "deployment_mode": "active_passive", "clusters": [cluster("a")],
    });
    [
        field("adopts", post(), "/v1/providers", provider),
        field("shows", post(), "/v1/providers/{adopts}/clusters", cluster("b")),
        field("", post(), "/v1/providers/{adopts}/enable", json!({})),
        field(
            "",
            post(),
            "/v1/providers/{adopts}/clusters/{shows}/secrets/s1/adopt",
            json!({"name": "password", "value": canaries.text("adopted secret")}),
        ),
    ]
}
