//! What the tests of clusters that are not registered are given.

use super::{Canaries, Field, field};
use reqwest::Method;
use serde_json::json;

pub(super) fn fields(canaries: &mut Canaries) -> [Field; 2] {
    let k8s = "https://k8s.internal:6443";
    let mut tested = json!({"name": "t", "url": k8s, "token": canaries.text("tested token")});
    tested["certificate"] = canaries.pem("tested key").body();
    let tested = json!({"kind": "kubernetes", "cluster": tested});
    let tried = canaries.pem("tried key").kubeconfig(k8s, &canaries.text("tried token"));
    let tried = json!({"kind": "kubernetes", "cluster": {"name": "u", "kubeconfig": tried}});
    [tested, tried].map(|body| field("", Method::POST, "/v1/connectivity-tests", body))
}
