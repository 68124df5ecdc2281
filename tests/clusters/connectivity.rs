//! What a test of a connection says of a Swarm alone, and what the stories of both engines ask.

use crate::{
    lab::Lab,
    world::{Address, Secured, World},
};
use domain::{
    connectivity::{Finding, Outcome, Report, Step},
    ids::ClusterId,
    provider::Kind,
};
use tests::{
    harness::certificate::{Authority, Pem},
    lab::{SERVER_NAME, Swarm},
};
use time::{Duration, OffsetDateTime};
use tokio::task::block_in_place;

/// Tests an address as of a cluster that is not registered, to the end.
pub(crate) async fn tested(world: &World, address: &Address) -> Report {
    let id = world.candidate(address).await;
    world.reconciler().test(id).await.unwrap();
    report(world, id).await.unwrap()
}

/// What the last test of a cluster came to.
pub(crate) async fn report(world: &World, id: ClusterId) -> Option<Report> {
    world.observed(id).await.test?.report
}

/// The one step that failed; all behind it were not tried.
pub(crate) fn failed(report: &Report) -> (Step, String, String) {
    let is_failed = |finding: &&Finding| finding.outcome == Outcome::Failed;
    let all: Vec<&Finding> = report.findings.iter().filter(is_failed).collect();
    let [only] = all[..] else { panic!("{report:#?}") };
    let behind = report.findings.iter().filter(|finding| finding.step > only.step);
    assert!(behind.into_iter().all(|it| it.outcome == Outcome::Skipped), "{report:#?}");
    (only.step, only.detail.clone(), only.remedy.clone().unwrap())
}

pub(crate) fn outcome(report: &Report, step: Step) -> Outcome {
    report.findings.iter().find(|finding| finding.step == step).unwrap().outcome
}

/// A server's certificate that ended two days ago.
pub(crate) fn ended(authority: &Authority, name: &str) -> Pem {
    authority.issue(name, &[name], |params| {
        params.not_after = OffsetDateTime::now_utc() - Duration::days(2);
    })
}

/// A server's certificate with its name where nobody looks for it any more.
pub(crate) fn common_name_only(authority: &Authority, name: &str) -> Pem {
    authority.issue(name, &[], |_| {})
}

/// What is said of one that has ended.
pub(crate) fn expect_ended((step, detail, remedy): (Step, String, String)) {
    assert_eq!(step, Step::Tls);
    assert!(detail.contains("expired on") && remedy.starts_with("Renew"), "{detail} {remedy}");
}

/// What is said of one with a Common Name only.
pub(crate) fn expect_common_name_only((step, detail, remedy): (Step, String, String), name: &str) {
    assert_eq!(step, Step::Tls);
    assert!(detail.contains(&format!("a Common Name only, `{name}`")), "{detail}");
    assert!(remedy.contains("Subject Alternative Name"), "{remedy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_engine_shows_is_read_out() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let mut swarm = block_in_place(|| Swarm::start_secured("dijon", 1, 1)).unwrap();
    let shown = async |swarm: &mut Swarm, made: fn(&Authority, &str) -> Pem| {
        let authority = swarm.authority().unwrap();
        let own = made(authority, SERVER_NAME);
        let secured = Some(Secured {
            server_name: SERVER_NAME.to_owned(),
            authority: authority.certificate.clone(),
            own: Some(authority.client("berth")),
        });
        block_in_place(|| swarm.show(0, own)).unwrap();
        let (kind, url) = (Kind::Swarm, swarm.url(0));
        failed(&tested(&world, &Address { kind, url, urls: vec![], secured, token: None }).await)
    };
    expect_ended(shown(&mut swarm, ended).await);
    expect_common_name_only(shown(&mut swarm, common_name_only).await, SERVER_NAME);
    block_in_place(|| swarm.stop()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_names_its_managers() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let (step, detail, remedy) = failed(&tested(&world, &lab.address(1)).await);
    assert_eq!(step, Step::Role);
    assert!(detail.starts_with("it is a worker"), "{detail}");
    assert!(remedy.contains(&lab.engines()[0].address.to_string()), "{remedy}");
}
