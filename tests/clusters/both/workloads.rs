//! From a request to its end: what runs is what was asked for, and the read model shows what the
//! cluster's own client does.

use crate::{
    engine::{Alter, Object},
    real::{Change, Real, Runs},
    tenant::{IMAGE, Tenant, world},
    world::INSTANCE,
};
use commands::reconcile::WorkloadDone;
use domain::{
    ids::{InstanceId, WorkloadId},
    profile::{change::ChangeProfile, environment::Variable},
    testing::profile::equal,
};
use projections::workload_list::row::State;
use std::time::Duration;
use tests::harness::eventually;
use uuid::Uuid;

/// Longer than any story, so that only a hint can be the cause.
const NEVER: Duration = Duration::from_secs(3600);

/// What the client of the cluster shows; there is something.
fn object(runs: &dyn Runs, tenant: &Tenant<'_>, id: WorkloadId) -> Object {
    runs.engine().object(tenant.which(id)).unwrap()
}

/// The read model and the client of the cluster say the same.
async fn agree(runs: &dyn Runs, tenant: &Tenant<'_>, id: WorkloadId, state: State) -> Object {
    let row = tenant.world.shown(tenant, id).await.unwrap();
    let object = object(runs, tenant, id);
    let is_stopped = row.state == State::Stopped;
    let wanted = if is_stopped { 0 } else { u64::from(row.replicas.get()) };
    assert_eq!((row.state, object.replicas), (state, wanted));
    let placement = row.placement.unwrap();
    assert_eq!(object.words["epoch"], placement.epoch.to_string());
    assert_eq!(object.words["position"], row.applied_position.unwrap().to_string());
    assert_eq!(object.words["instance"], INSTANCE.to_string());
    if state == State::Running {
        let running = row.condition.unwrap().running.unwrap();
        assert_eq!(object.places.len(), usize::try_from(running).unwrap());
        assert_eq!(running, u32::from(row.replicas.get()));
    }
    object
}

/// Until the client of the cluster shows so many containers.
async fn until_so_many_run(runs: &dyn Runs, tenant: &Tenant<'_>, id: WorkloadId, number: usize) {
    eventually("so many containers run", async || {
        (object(runs, tenant, id).places.len() == number).then_some(())
    })
    .await;
}

pub(super) async fn a_workload_runs_is_scaled_stopped_started_updated_and_removed(runs: &dyn Runs) {
    let world = world(runs).await;
    let tenant = Tenant::new(&world).await;
    let (profile, on) = (tenant.define(vec![]).await, world.cluster);
    let id = tenant.request(profile, 2).await;
    assert_eq!(runs.engine().object(tenant.which(id)), None, "a request is no container");
    world.settle(id, on).await;
    let made = agree(runs, &tenant, id, State::Running).await;
    assert_eq!((made.image.as_str(), made.environment.len()), (IMAGE, 0));
    assert_eq!(world.told_of(id).await, ["WorkloadApplied", "WorkloadRunning"]);

    tenant.scale(id, 3).await;
    world.settle(id, on).await;
    agree(runs, &tenant, id, State::Running).await;
    tenant.scale(id, 1).await;
    world.settle(id, on).await;
    until_so_many_run(runs, &tenant, id, 1).await;
    tenant.stop(id).await;
    world.settle(id, on).await;
    until_so_many_run(runs, &tenant, id, 0).await;
    agree(runs, &tenant, id, State::Stopped).await;
    tenant.start(id).await;
    world.settle(id, on).await;
    agree(runs, &tenant, id, State::Running).await;

    let variable = Variable::parse("COLOUR").unwrap();
    let environment = Some([(variable, "{{blue}} $(HOME) $5".to_owned())].into());
    tenant.change(profile, ChangeProfile { environment, ..ChangeProfile::default() }).await;
    world.settle(id, on).await;
    assert_eq!(object(runs, &tenant, id).environment.len(), 0, "it keeps the version it pins");
    tenant.update(id).await;
    world.settle(id, on).await;
    let updated = agree(runs, &tenant, id, State::Running).await;
    assert_eq!((updated.id, updated.environment.len()), (made.id, 1));
    let repaired = world.told_of(id).await.contains(&"WorkloadDriftRepaired");
    assert!(!repaired, "nobody else changed anything");

    let told = world.told_of(id).await;
    world.settle(id, on).await;
    assert_eq!(world.told_of(id).await, told, "what is in line is no news");
    tenant.remove(id).await;
    assert_eq!(world.look_at(id, on).await, WorkloadDone::Removed);
    assert_eq!(runs.engine().object(tenant.which(id)), None);
    assert_eq!(world.told_of(id).await, told, "of what was removed nothing more is said");
    assert_eq!(world.shown(&tenant, id).await, None);
    assert_eq!(world.look_at(id, on).await, WorkloadDone::Removed);
}

pub(super) async fn drift_of_a_workload_is_repaired_and_said_once(runs: &dyn Runs) {
    let world = world(runs).await;
    let tenant = Tenant::new(&world).await;
    let (profile, on) = (tenant.define(vec![]).await, world.cluster);
    let id = tenant.request(profile, 2).await;
    world.settle(id, on).await;
    let made = object(runs, &tenant, id);
    let alterations = [
        Alter::Replicas(5),
        Alter::Image("localhost:1/other:1"),
        Alter::Replicas(0),
        Alter::Remove,
    ];
    for (times, alter) in (1..).zip(alterations) {
        runs.engine().alter(tenant.which(id), alter);
        // By the list alone, as the sweep does it.
        world.sweep().await;
        world.settle(id, on).await;
        let repaired = agree(runs, &tenant, id, State::Running).await;
        assert_eq!((repaired.replicas, repaired.image.as_str()), (2, IMAGE), "{alter:?}");
        let told = world.told_of(id).await;
        let repairs = told.iter().filter(|told| **told == "WorkloadDriftRepaired").count();
        assert_eq!(repairs, times, "{alter:?}: {told:?}");
        assert_eq!(repaired.words["repairs"], times.to_string());
    }
    assert_ne!(object(runs, &tenant, id).id, made.id, "it was made again");
    assert!(world.shown(&tenant, id).await.unwrap().repaired_at.is_some());
    let told = world.told_of(id).await;
    world.sweep().await;
    assert_eq!(world.told_of(id).await, told);
    tenant.remove(id).await;
    world.sweep().await;
    assert_eq!(runs.engine().object(tenant.which(id)), None);
}

pub(super) async fn what_no_node_can_take_is_degraded_in_the_words_of_the_engine(runs: &dyn Runs) {
    // No node is known yet, so the workload is placed in good faith.
    let world = world(runs).await;
    let tenant = Tenant::new(&world).await;
    let (profile, on) = (tenant.define(vec![equal("zone", "nowhere")]).await, world.cluster);
    let id = tenant.request(profile, 1).await;
    eventually("the engine says why", async || {
        assert_eq!(world.look_at(id, on).await, WorkloadDone::Converging);
        world.told_of(id).await.contains(&"WorkloadDegraded").then_some(())
    })
    .await;
    let row = world.shown(&tenant, id).await.unwrap();
    let reason = row.condition.unwrap().reason.unwrap();
    let said = ["no suitable node", "didn't match Pod's node affinity"];
    assert!(said.iter().any(|words| reason.contains(words)), "{reason}");
    let told = world.told_of(id).await;
    world.look_at(id, on).await;
    assert_eq!(world.told_of(id).await, told, "the same reason is no news");

    real_label(runs, "nowhere");
    world.settle(id, on).await;
    let object = agree(runs, &tenant, id, State::Running).await;
    assert_eq!(object.places, [runs.is(1).name]);
    tenant.remove(id).await;
    world.look_at(id, on).await;
}

fn real_label(real: &dyn Real, zone: &str) {
    real.change(1, Change::Label("zone", zone));
}

pub(super) async fn what_another_berth_made_is_never_touched(runs: &dyn Runs) {
    let world = world(runs).await;
    let tenant = Tenant::new(&world).await;
    let (profile, on) = (tenant.define(vec![]).await, world.cluster);
    let id = tenant.request(profile, 1).await;
    world.settle(id, on).await;
    let other = InstanceId(Uuid::now_v7());
    runs.engine().alter(tenant.which(id), Alter::By(other));
    let theirs = object(runs, &tenant, id);
    tenant.scale(id, 2).await;
    world.sweep().await;
    assert_eq!(world.look_at(id, on).await, WorkloadDone::Foreign);
    assert_eq!(object(runs, &tenant, id), theirs);
    let row = world.shown(&tenant, id).await.unwrap();
    assert_eq!(row.state, State::Rejected);
    let reason = row.condition.unwrap().reason.unwrap();
    assert!(reason.contains("this Berth did not make"), "{reason}");
    let told = world.told_of(id).await;
    world.sweep().await;
    assert_eq!(world.told_of(id).await, told, "said once");

    // Given back, it is brought in line.
    runs.engine().alter(tenant.which(id), Alter::By(INSTANCE));
    world.settle(id, on).await;
    assert_eq!(agree(runs, &tenant, id, State::Running).await.replicas, 2);

    // Nor does a removal touch theirs.
    runs.engine().alter(tenant.which(id), Alter::By(other));
    let theirs = object(runs, &tenant, id);
    tenant.remove(id).await;
    world.sweep().await;
    assert_eq!(world.look_at(id, on).await, WorkloadDone::Foreign);
    assert_eq!(object(runs, &tenant, id), theirs);
    runs.engine().alter(tenant.which(id), Alter::Remove);
}

pub(super) async fn workloads_of_a_disabled_provider_run_on_and_are_left_alone(runs: &dyn Runs) {
    let world = world(runs).await;
    let tenant = Tenant::new(&world).await;
    let (profile, on) = (tenant.define(vec![]).await, world.cluster);
    let id = tenant.request(profile, 1).await;
    world.settle(id, on).await;
    world.disable_by_force().await;
    let told = world.told_of(id).await;
    runs.engine().alter(tenant.which(id), Alter::Replicas(2));
    let theirs = object(runs, &tenant, id).replicas;
    tenant.stop(id).await;
    world.sweep().await;
    assert_eq!(world.look_at(id, on).await, WorkloadDone::HandsOff);
    assert_eq!((theirs, object(runs, &tenant, id).replicas), (2, 2));
    assert_eq!(world.told_of(id).await, told);
    world.enable().await;
    world.sweep().await;
    agree(runs, &tenant, id, State::Stopped).await;
    tenant.remove(id).await;
    world.sweep().await;
    assert_eq!(runs.engine().object(tenant.which(id)), None);
}

pub(super) async fn a_worker_follows_hints_and_another_goes_on_where_it_died(runs: &dyn Runs) {
    let world = world(runs).await;
    let tenant = Tenant::new(&world).await;
    let profile = tenant.define(vec![]).await;
    let is_running = async |id: WorkloadId, through: usize| {
        eventually("the workload runs", async || {
            let told = world.told_of(id).await;
            (told.iter().filter(|told| **told == "WorkloadRunning").count() == through)
                .then_some(())
        })
        .await;
    };
    let worker = world.work(world.connections(crate::lab::CALL_TIMEOUT), NEVER);
    let id = tenant.request(profile, 1).await;
    worker.hint(domain::StreamId::workload(id)).await;
    is_running(id, 1).await;
    agree(runs, &tenant, id, State::Running).await;
    tenant.scale(id, 3).await;
    worker.hint(domain::StreamId::workload(id)).await;
    // In the middle of it, it dies; the hint is lost with it.
    worker.kill();

    let worker = world.work(world.connections(crate::lab::CALL_TIMEOUT), NEVER);
    is_running(id, 2).await;
    assert_eq!(agree(runs, &tenant, id, State::Running).await.replicas, 3);
    let told = world.told_of(id).await;
    let running = ["WorkloadApplied", "WorkloadRunning"];
    assert_eq!(told, [running, running].concat());
    tenant.remove(id).await;
    worker.hint(domain::StreamId::workload(id)).await;
    eventually("nothing of it is there", async || {
        runs.engine().object(tenant.which(id)).is_none().then_some(())
    })
    .await;
    worker.stop().await;
}
