//! A workload through the API, and what the engine shows of it.

use super::visitor::{Visitor, id};
use crate::{lab::Lab, real::Runs};
use commands::ports::cluster::workload::Which;
use domain::ids::{OrganizationId, WorkloadId};
use serde_json::{Value, json};
use tests::harness::wait::eventually;

/// From its first container to its last.
pub(super) async fn lives(visitor: &mut Visitor, lab: &Lab, acme: &str, profile: &str) {
    let (all, one) =
        ("/v1/organizations/{id}/workloads", "/v1/organizations/{id}/workloads/{workload_id}");
    let body = json!({ "name": "shop", "profile_id": profile, "replicas": 1 });
    let shop = id(&visitor.post(all, &[acme], body).await);
    let of = [acme, shop.as_str()];
    let which = Which {
        workload: WorkloadId(shop.parse().unwrap()),
        organization: OrganizationId(acme.parse().unwrap()),
    };
    runs(visitor, lab, &of, which, 1).await;
    visitor.list(all, &[acme]).await;
    visitor.post(&format!("{one}/scale"), &of, json!({ "replicas": 2 })).await;
    runs(visitor, lab, &of, which, 2).await;
    visitor.post(&format!("{one}/stop"), &of, json!({})).await;
    visitor.until(one, &of, |it| it["state"] == json!("stopped")).await;
    eventually("nothing of it runs", async || {
        let object = lab.engine().object(which)?;
        (object.replicas == 0 && object.places.is_empty()).then_some(())
    })
    .await;
    visitor.post(&format!("{one}/start"), &of, json!({})).await;
    runs(visitor, lab, &of, which, 2).await;
    let colour = json!({ "environment": { "COLOUR": "blue" } });
    let route = "/v1/organizations/{id}/profiles/{profile_id}";
    visitor.patch(route, &[acme, profile], colour.clone()).await;
    let is_blue = |it: &Value| it["environment"] == colour["environment"];
    visitor.until(route, &[acme, profile], is_blue).await;
    visitor.post(&format!("{one}/update"), &of, json!({})).await;
    visitor.until(one, &of, |it| it["profile_version"] == json!(2)).await;
    runs(visitor, lab, &of, which, 2).await;
    assert_eq!(lab.engine().object(which).unwrap().environment, ["COLOUR=blue"]);
    visitor.delete(one, &of).await;
    eventually("nothing of it is there", async || {
        lab.engine().object(which).is_none().then_some(())
    })
    .await;
}

/// Until so many containers run, as the API and the engine say.
async fn runs(visitor: &mut Visitor, lab: &Lab, of: &[&str], which: Which, number: usize) {
    let route = "/v1/organizations/{id}/workloads/{workload_id}";
    let is_running =
        |it: &Value| (&it["state"], &it["running_replicas"]) == (&json!("running"), &json!(number));
    visitor.until(route, of, is_running).await;
    eventually("the engine shows them", async || {
        (lab.engine().object(which).unwrap().places.len() == number).then_some(())
    })
    .await;
}
