//! What a test of a connection says of a Kubernetes cluster alone.

use super::{Lab, secured};
use crate::{
    connectivity::{
        common_name_only, ended, expect_common_name_only, expect_ended, failed, tested,
    },
    real::{Real, world},
    world::{Address, Secured},
};
use domain::connectivity::{Outcome, Step};
use tests::harness::{
    certificate::{Authority, Pem},
    eventually,
};
use tokio::task::block_in_place;

#[tokio::test(flavor = "multi_thread")]
async fn what_an_api_server_shows_is_read_out() {
    let Some(lab) = Lab::enter().await else { return };
    let world = world(&lab).await;
    let name = lab.server_name().to_owned();
    let shown = async |made: fn(&Authority, &str) -> Pem| {
        block_in_place(|| lab.show(&made(lab.authority(), &name))).unwrap();
        tested(&world, &lab.address()).await
    };
    let reports = [shown(ended).await, shown(common_name_only).await];
    block_in_place(|| lab.show_as_trusted()).unwrap();
    let [after_its_end, with_no_name] = reports.map(|report| failed(&report));
    expect_ended(after_its_end);
    expect_common_name_only(with_no_name, &name);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_done_is_named() {
    let Some(lab) = Lab::enter().await else { return };
    let world = world(&lab).await;
    let address = |token: &str| lab.by_token(token.to_owned());
    let reader = lab.account("tested");
    lab.allow("tested", "--verb=get,list,watch");
    let detail = eventually("the rights hold", || async {
        let (step, detail, remedy) = failed(&tested(&world, &address(&reader)).await);
        assert_eq!(step, Step::Role);
        assert!(remedy.contains("get, list, watch, patch on nodes"), "{remedy}");
        (!detail.contains("`list` on `nodes`")).then_some(detail)
    })
    .await;
    let lacking = "Berth lacks the right to `patch` on `nodes`, `list` on `pods`, \
                   `create` on `pods/eviction`, `list` on `poddisruptionbudgets.policy`, \
                   `get` on `namespaces`, `create` on `namespaces`, \
                   `list` on `secrets`, `create` on `secrets`, `delete` on `secrets`, \
                   `get` on `deployments.apps`, `list` on `deployments.apps`, \
                   `create` on `deployments.apps`, `update` on `deployments.apps`, \
                   `delete` on `deployments.apps`";
    assert_eq!(detail, lacking);

    let more = [
        ("patch", "nodes"),
        ("list", "pods"),
        ("create", "pods/eviction"),
        ("list", "poddisruptionbudgets.policy"),
        ("get,create", "namespaces"),
        ("list,create,delete", "secrets"),
        ("get,list,create,update,delete", "deployments.apps"),
    ];
    for (number, (verbs, resource)) in more.into_iter().enumerate() {
        let role = format!("tested-{number}");
        let (verbs, resource) = (format!("--verb={verbs}"), format!("--resource={resource}"));
        lab.say(&["create", "clusterrole", &role, &verbs, &resource]);
        let with = format!("--clusterrole={role}");
        let to = "--serviceaccount=default:tested";
        lab.say(&["create", "clusterrolebinding", &role, &with, to]);
    }
    eventually("it may do all that is needed", || async {
        tested(&world, &address(&reader)).await.has_passed().then_some(())
    })
    .await;
}

/// An API server tells its version to everybody, so that proves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn one_who_shows_nothing_is_told_so() {
    let Some(lab) = Lab::enter().await else { return };
    let world = world(&lab).await;
    let nobody = Secured { own: None, ..secured(&lab) };
    let nobody = Address { secured: Some(nobody), ..lab.address() };
    let report = tested(&world, &nobody).await;
    let (step, detail, remedy) = failed(&report);
    assert_eq!(step, Step::ClientCertificate);
    assert!(detail.contains("system:anonymous") && remedy.contains("token"), "{detail}");

    let wrong = lab.by_token("nonsense".to_owned());
    let (step, ..) = failed(&tested(&world, &wrong).await);
    assert_eq!(step, Step::ClientCertificate);
    let own = lab.by_token(lab.account("known"));
    let report = tested(&world, &own).await;
    assert_eq!(crate::connectivity::outcome(&report, Step::ClientCertificate), Outcome::Passed);
}
