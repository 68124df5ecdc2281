//! A test of a connection says which step fails, and what to do about it: each made real.

use crate::{
    connectivity::{failed, outcome, report, tested},
    front::{ByName, Shifted},
    lab::CALL_TIMEOUT,
    real::{Real, world},
    world::{Address, Secured},
};
use adapters::{
    api_version::{ApiVersion, Minimums},
    connector::Settings,
};
use domain::{
    Aggregate, Version,
    cluster::{Cluster, Event as Observed},
    connectivity::{Outcome, Step},
};
use std::{collections::BTreeSet, net::Ipv4Addr, sync::Arc, time::Duration};
use tests::harness::{certificate::Authority, eventually};

/// Nobody listens there.
const CLOSED: u16 = 9;
/// The last byte of an address that no machine of the lab has.
const NOBODY: u8 = 200;
const HOUR: time::Duration = time::Duration::hours(1);
const NEVER: Duration = Duration::from_secs(3600);
const OFTEN: Duration = Duration::from_millis(200);

/// The same, but for what is changed.
fn with(real: &dyn Real, change: impl FnOnce(&mut Secured)) -> Address {
    let mut address = real.address();
    address.secured.as_mut().map(change);
    address
}

/// The host and the port of its address.
fn place(real: &dyn Real) -> (Ipv4Addr, u16) {
    let url = real.address().url;
    let (host, port) = url.trim_start_matches("https://").split_once(':').unwrap();
    (host.parse().unwrap(), port.parse().unwrap())
}

pub(super) async fn what_can_be_worked_with_passes_every_step(real: &dyn Real) {
    let world = world(real).await;
    let report = tested(&world, &real.address()).await;
    assert!(report.has_passed(), "{report:#?}");
    let steps: Vec<Step> = report.findings.iter().map(|finding| finding.step).collect();
    assert_eq!(steps, Step::ALL);
    assert_eq!(outcome(&report, Step::Dns), Outcome::Skipped, "an address needs none");
    // A node may still be on its way back from another story.
    let told_apart = [Step::Dns, Step::Nodes];
    let others = report.findings.iter().filter(|finding| !told_apart.contains(&finding.step));
    assert!(others.into_iter().all(|it| it.outcome == Outcome::Passed), "{report:#?}");
    assert_eq!(report.native_id, Some(real.identity()));
}

pub(super) async fn the_way_to_a_connection_is_told_apart(real: &dyn Real) {
    let world = world(real).await;
    let at = |url: String| Address { url, ..real.address() };
    let (host, port) = place(real);
    let wrong = at(format!("https://nowhere.invalid:{port}"));
    let (step, detail, _) = failed(&tested(&world, &wrong).await);
    assert_eq!(step, Step::Dns);
    assert!(detail.contains("`nowhere.invalid` is not found"), "{detail}");

    let closed = at(format!("https://{host}:{CLOSED}"));
    let (step, _, remedy) = failed(&tested(&world, &closed).await);
    assert_eq!(step, Step::Tcp);
    assert!(remedy.starts_with("Nobody listens on this port"), "{remedy}");

    let mut elsewhere = host.octets();
    elsewhere[3] = NOBODY;
    let nobody = at(format!("https://{}:{port}", Ipv4Addr::from(elsewhere)));
    let (step, ..) = failed(&tested(&world, &nobody).await);
    assert_eq!(step, Step::Tcp);
}

pub(super) async fn each_side_is_told_what_is_wrong_with_its_certificate(real: &dyn Real) {
    let world = world(real).await;
    let stranger = Authority::new("stranger");
    let wrong = with(real, |secured| secured.authority.clone_from(&stranger.certificate));
    let (step, detail, remedy) = failed(&tested(&world, &wrong).await);
    assert_eq!(step, Step::Tls);
    assert!(detail.contains("which is not trusted") && remedy.contains("`ca`"), "{detail}");

    let name = real.address().secured.unwrap().server_name;
    let wrong = with(real, |secured| "other.internal".clone_into(&mut secured.server_name));
    let (step, detail, remedy) = failed(&tested(&world, &wrong).await);
    assert_eq!(step, Step::Tls);
    assert!(detail.contains(&name) && detail.contains("`other.internal`"), "{detail}");
    assert!(remedy.contains("`server_name`"), "{remedy}");

    // In TLS 1.3 this shows only behind the handshake.
    let wrong = with(real, |secured| secured.own = Some(stranger.client("berth")));
    let report = tested(&world, &wrong).await;
    assert_eq!(outcome(&report, Step::Tls), Outcome::Passed);
    let (step, _, remedy) = failed(&report);
    assert_eq!(step, Step::ClientCertificate);
    assert!(remedy.contains("`certificate_id`"), "{remedy}");
}

/// The URL has an address, and of an address nothing is said in a handshake.
pub(super) async fn what_routes_by_name_needs_the_name(real: &dyn Real) {
    let world = world(real).await;
    let name = real.address().secured.unwrap().server_name;
    let front = ByName::before(&name, &real.address().url).await;
    let named = Address { url: front.url(), ..real.address() };
    let report = tested(&world, &named).await;
    assert!(report.has_passed(), "{report:#?}");

    let nameless = with(real, |secured| secured.server_name.clear());
    let nameless = Address { url: front.url(), ..nameless };
    let (step, detail, remedy) = failed(&tested(&world, &nameless).await);
    assert_eq!(step, Step::Tls);
    assert!(detail.contains("no server name was sent"), "{detail}");
    assert!(remedy.starts_with("Set `server_name`"), "{remedy}");
}

pub(super) async fn an_engine_that_is_too_old_is_told_by_its_version(real: &dyn Real) {
    let mut world = world(real).await;
    let newer: ApiVersion = "99.0".parse().unwrap();
    world.clusters = world.connections_with(Settings {
        call_timeout: CALL_TIMEOUT,
        rules: Arc::default(),
        minimums: Minimums { swarm: newer, kubernetes: newer },
    });
    let (step, detail, remedy) = failed(&tested(&world, &real.address()).await);
    assert_eq!(step, Step::Api);
    assert!(detail.contains("99.0 is needed"), "{detail}");
    assert!(remedy.contains("_version_min`"), "{remedy}");
}

pub(super) async fn a_clock_that_is_off_by_an_hour_is_told(real: &dyn Real) {
    let world = world(real).await;
    for (by, way) in [(-HOUR, "behind that of Berth"), (HOUR, "ahead of that of Berth")] {
        let front = Shifted::before(real.behind(), by).await;
        let address = Address { kind: real.address().kind, ..Address::plain(&front.url()) };
        let report = tested(&world, &address).await;
        assert_eq!(outcome(&report, Step::Tls), Outcome::Warned, "anybody can read what is plain");
        let (step, detail, remedy) = failed(&report);
        assert_eq!(step, Step::Clock);
        assert!(detail.contains(way) && remedy.contains("NTP"), "{detail}");
    }
}

/// Two workers are told at once, of a provider that is disabled.
pub(super) async fn a_test_is_carried_out_by_whoever_hears_of_it_and_ends_once(real: &dyn Real) {
    let world = world(real).await;
    world.disable().await;
    let workers = [(); 2].map(|()| world.work(world.connections(CALL_TIMEOUT), NEVER));
    let correlation = world.test().await;
    for worker in &workers {
        worker.hint(Cluster::stream(world.cluster)).await;
    }
    eventually("the test ends", || report(&world, world.cluster)).await;
    for worker in workers {
        worker.stop().await;
    }
    let events = world.writer.log().load(Cluster::stream(world.cluster), Version::NONE).await;
    let events = events.unwrap();
    assert!(events.iter().all(|event| event.metadata.correlation_id == correlation));
    let told = events.iter().filter_map(|event| Cluster::own(&event.payload));
    let ends = told.filter(|event| matches!(event, Observed::Tested(_))).count();
    assert_eq!(ends, 1);
    let steps = events.iter().filter_map(|event| match Cluster::own(&event.payload)? {
        Observed::StepTaken(taken) => Some(taken.finding.step),
        Observed::TestRequested(_)
        | Observed::Tested(_)
        | Observed::TestExpired(_)
        | Observed::Identified(_)
        | Observed::IdentityChanged(_)
        | Observed::Rejected(_)
        | Observed::Released(_) => None,
    });
    let steps: BTreeSet<Step> = steps.collect();
    assert_eq!(steps, Step::ALL.into(), "each step was told as it was taken");
}

/// The hint is lost, or nobody was there to hear it.
pub(super) async fn a_test_that_nobody_heard_of_is_found_by_the_sweep(real: &dyn Real) {
    let world = world(real).await;
    world.test().await;
    let worker = world.work(world.connections(CALL_TIMEOUT), OFTEN);
    eventually("the test ends", || report(&world, world.cluster)).await;
    worker.stop().await;
}
