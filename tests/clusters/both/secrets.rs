//! What becomes of a secret on its clusters, and of what mounts it.

use crate::{
    around::Around,
    fake::Meanwhile,
    fuse::Fuse,
    keeper::{mount, value},
    kept::Keeps,
    lab::CALL_TIMEOUT,
    real::Runs,
    tenant::{Tenant, world},
    world::{INSTANCE, World},
};
use adapters::clock::SystemClock;
use commands::{
    ports::Clock,
    reconcile::{Error, Reconciler, SecretDone},
    secret::foreign,
};
use domain::{
    StreamId,
    ids::{ClusterId, SecretId},
    profile::change::ChangeProfile,
};
use projections::secret_list::row::OnCluster;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tests::harness::eventually;

/// Longer than any story, so that only a hint can be the cause.
const NEVER: Duration = Duration::from_secs(3600);
const FILE: &str = "key";
/// How far the clocks of a machine and of what runs on it are apart, and the seconds it tells.
const TIMES_DIFFER_MAX: Duration = Duration::from_secs(10);

/// The read model and the client of the cluster say the same.
async fn agree(world: &World, keeps: &dyn Keeps, id: SecretId, on: ClusterId) -> OnCluster {
    let shown = world.shown_on(id, on).await.unwrap();
    let objects = shown.held.iter().flat_map(|held| &held.objects);
    let named = objects.map(|object| (object.name.clone(), object.native_id.clone()));
    assert_eq!(named.collect::<BTreeMap<_, _>>(), keeps.kept(id));
    shown
}

/// The version that a cluster holds, where both agree.
async fn held(world: &World, keeps: &dyn Keeps, id: SecretId, on: ClusterId) -> u32 {
    agree(world, keeps, id, on).await.held.unwrap().version
}

/// Nothing that was recorded of a secret has any of its values in it.
async fn nothing_shows(world: &World, id: SecretId, values: &[&str]) {
    for event in world.became_of(id).await {
        let text = serde_json::to_string(&event.payload).unwrap();
        assert!(values.iter().all(|value| !text.contains(value)), "{}", event.payload.r#type());
    }
}

pub(super) async fn a_secret_is_on_every_cluster_also_on_one_that_is_added_later(runs: &dyn Runs) {
    let (world, [here, there]) = (world(runs).await, runs.keeps());
    let (tenant, secret) = (Tenant::new(&world).await, value());
    let id = world.keep(&secret).await;
    tenant.define_as(vec![], &[], vec![mount(id, FILE)]).await;
    world.sweep().await;
    assert_eq!(held(&world, here, id, world.cluster).await, 1);
    assert_eq!(here.kept(id).len(), 1);
    assert_eq!(world.told_of_secret(id).await, ["SecretApplied"]);

    let second = world.join(&runs.second().registered()).await;
    world.sweep().await;
    assert_eq!(held(&world, there, id, second).await, 1);
    assert_eq!(there.kept(id).len(), 1);
    world.sweep().await;
    assert_eq!(world.told_of_secret(id).await, ["SecretApplied"; 2], "once for each of them");

    // What nothing mounts yet is there as soon as it is told.
    let again = value();
    world.rotate(id, &again).await;
    world.sweep().await;
    for (keeps, on) in [(here, world.cluster), (there, second)] {
        assert_eq!(held(&world, keeps, id, on).await, 2);
        assert_eq!(keeps.kept(id).len(), 1, "and nothing of the version before");
    }
    nothing_shows(&world, id, &[&secret, &again]).await;
    clean(&world, &tenant, id, &[here, there]).await;
}

/// Leaves nothing behind on a cluster that others use.
async fn clean(world: &World, tenant: &Tenant<'_>, id: SecretId, all: &[&dyn Keeps]) {
    for profile in world.profiles_with(id).await {
        tenant.forget(profile).await;
    }
    world.drop_secret(id).await.unwrap();
    world.sweep().await;
    for keeps in all {
        assert!(keeps.kept(id).is_empty());
    }
}

pub(super) async fn a_workload_reads_its_secrets_and_what_they_are_rotated_to(runs: &dyn Runs) {
    let (world, [here, _]) = (world(runs).await, runs.keeps());
    let (tenant, first, other) = (Tenant::new(&world).await, value(), value());
    let (id, beside) = (world.keep(&first).await, world.keep(&other).await);
    let mounts = vec![mount(id, FILE), mount(id, "same.pem"), mount(beside, "other")];
    let profile = tenant.define_as(vec![], &[], mounts).await;
    let workload = tenant.request(profile, 2).await;
    world.sweep().await;
    world.settle(workload, world.cluster).await;
    let which = tenant.which(workload);
    for (file, value) in [(FILE, &first), ("same.pem", &first), ("other", &other)] {
        assert_eq!(here.read(which, file), [value.clone(), value.clone()], "{file}");
    }
    let made = runs.engine().object(which).unwrap();

    let second = value();
    world.rotate(id, &second).await;
    let done = world.look_at_secret(id, world.cluster).await;
    assert_eq!(done, SecretDone::Rolling(vec![workload]));
    assert_eq!(here.kept(id).len(), 2, "what runs goes on until it is made anew");
    assert_eq!(world.shown_on(id, world.cluster).await.unwrap().held.unwrap().version, 1);
    world.settle_secret(id, world.cluster).await;
    world.settle(workload, world.cluster).await;
    eventually("all that runs reads the new value", async || {
        (here.read(which, FILE) == [second.clone(), second.clone()]).then_some(())
    })
    .await;
    assert_eq!(here.read(which, "other"), [other.clone(), other.clone()]);
    assert_eq!(held(&world, here, id, world.cluster).await, 2);
    assert_eq!((here.kept(id).len(), here.kept(beside).len()), (1, 1));
    assert_eq!(runs.engine().object(which).unwrap().id, made.id);
    let told = world.told_of(workload).await;
    assert_eq!(told, ["WorkloadApplied", "WorkloadRunning"], "a rotation is no drift");
    nothing_shows(&world, id, &[&first, &second]).await;

    // What runs nowhere holds nothing fast.
    tenant.stop(workload).await;
    world.settle(workload, world.cluster).await;
    world.rotate(id, &value()).await;
    world.settle_secret(id, world.cluster).await;
    assert_eq!(held(&world, here, id, world.cluster).await, 3);
    tenant.start(workload).await;
    world.settle(workload, world.cluster).await;
    eventually("those that were stopped are gone, and others read", async || {
        (here.read(which, FILE).len() == 2).then_some(())
    })
    .await;
    tenant.remove(workload).await;
    world.sweep().await;
    clean(&world, &tenant, id, &[here]).await;
}

pub(super) async fn what_was_taken_away_is_put_back_and_that_is_said_once(runs: &dyn Runs) {
    let (world, [here, _]) = (world(runs).await, runs.keeps());
    let tenant = Tenant::new(&world).await;
    let id = world.keep(&value()).await;
    tenant.define_as(vec![], &[], vec![mount(id, FILE)]).await;
    world.sweep().await;
    for times in 1..=2 {
        let before = here.kept(id);
        here.take(before.keys().next().unwrap());
        assert!(here.kept(id).is_empty());
        world.sweep().await;
        let shown = agree(&world, here, id, world.cluster).await;
        assert!(shown.restored_at.is_some());
        assert_eq!(here.kept(id).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
        assert_ne!(here.kept(id), before);
        let told = world.told_of_secret(id).await;
        let restored = told.iter().filter(|told| **told == "SecretRestored").count();
        assert_eq!((restored, told.len()), (times, times + 1), "{told:?}");
    }
    let told = world.told_of_secret(id).await;
    world.sweep().await;
    assert_eq!(world.told_of_secret(id).await, told);
    clean(&world, &tenant, id, &[here]).await;
}

pub(super) async fn what_has_the_name_of_a_secret_is_left_alone(runs: &dyn Runs) {
    let (world, [here, _]) = (world(runs).await, runs.keeps());
    let tenant = Tenant::new(&world).await;
    // The first makes the place where both are.
    let (first, id) = (world.keep(&value()).await, SecretId(uuid::Uuid::now_v7()));
    let profile = tenant.define_as(vec![], &[], vec![mount(first, FILE)]).await;
    world.sweep().await;
    let theirs = here.make(tenant.organization, &format!("s-{id}-v1"));
    world.keep_as(id, &format!("s-{id}"), &value()).await;
    let mounts = vec![mount(first, FILE), mount(id, "other")];
    let change = ChangeProfile { secrets: Some(mounts), ..ChangeProfile::default() };
    tenant.change(profile, change).await;
    let workload = tenant.request(profile, 1).await;
    for _ in 0..2 {
        world.sweep().await;
    }
    assert_eq!(world.told_of_secret(id).await, ["SecretRejected"], "said once");
    let rejected = world.shown_on(id, world.cluster).await.unwrap().rejected.unwrap();
    assert!(rejected.reason.contains("this Berth did not make"), "{}", rejected.reason);
    assert_eq!(world.told_of(workload).await, ["WorkloadRejected"]);
    let row = world.shown(&tenant, workload).await.unwrap();
    let reason = row.condition.unwrap().reason.unwrap();
    assert!(reason.contains(&format!("its secret `s-{id}` is not on the cluster")), "{reason}");
    assert!(here.kept(id).is_empty());

    here.take(&theirs);
    world.sweep().await;
    world.settle(workload, world.cluster).await;
    assert_eq!(held(&world, here, id, world.cluster).await, 1);
    tenant.remove(workload).await;
    world.sweep().await;
}

pub(super) async fn a_secret_is_removed_everywhere_and_not_while_it_is_used(runs: &dyn Runs) {
    let (world, [here, there]) = (world(runs).await, runs.keeps());
    let second = world.join(&runs.second().registered()).await;
    let (tenant, name) = (Tenant::new(&world).await, value());
    let id = SecretId(uuid::Uuid::now_v7());
    world.keep_as(id, &name, &value()).await;
    let profile = tenant.define_as(vec![], &[], vec![mount(id, FILE)]).await;
    let workload = tenant.request(profile, 1).await;
    world.sweep().await;
    world.settle(workload, world.cluster).await;
    for (keeps, on) in [(here, world.cluster), (there, second)] {
        assert_eq!(held(&world, keeps, id, on).await, 1);
    }
    assert!(matches!(world.drop_secret(id).await, Err(commands::Error::Refused(_))));
    tenant.remove(workload).await;
    assert!(matches!(world.drop_secret(id).await, Err(commands::Error::Refused(_))));
    tenant.forget(profile).await;
    world.drop_secret(id).await.unwrap();
    let told = world.told_of_secret(id).await;

    // Its name is free at once, and taken on the cluster until what had it is gone.
    let heir = SecretId(uuid::Uuid::now_v7());
    world.keep_as(heir, &name, &value()).await;
    tenant.define_as(vec![], &[], vec![mount(heir, FILE)]).await;
    if !here.kept(id).is_empty() {
        assert_eq!(world.look_at_secret(heir, world.cluster).await, SecretDone::Converging);
    }
    world.sweep().await;
    world.sweep().await;
    assert_eq!(world.told_of_secret(id).await, told, "of what was removed nothing more is said");
    for (keeps, on) in [(here, world.cluster), (there, second)] {
        assert!(keeps.kept(id).is_empty());
        assert_eq!(world.look_at_secret(id, on).await, SecretDone::Removed);
        assert_eq!(held(&world, keeps, heir, on).await, 1);
    }
    clean(&world, &tenant, heir, &[here, there]).await;
}

pub(super) async fn a_rotation_is_one_action_and_another_worker_goes_on_with_it(runs: &dyn Runs) {
    let (world, [here, _]) = (world(runs).await, runs.keeps());
    let tenant = Tenant::new(&world).await;
    let id = world.keep(&value()).await;
    let profile = tenant.define_as(vec![], &[], vec![mount(id, FILE)]).await;
    let worker = world.work(world.connections(CALL_TIMEOUT), NEVER);
    worker.hint(StreamId::profile(profile)).await;
    let workload = tenant.request(profile, 1).await;
    worker.hint(StreamId::workload(workload)).await;
    eventually("the workload runs", async || {
        world.told_of(workload).await.contains(&"WorkloadRunning").then_some(())
    })
    .await;
    let second = value();
    world.rotate(id, &second).await;
    worker.hint(StreamId::secret(id)).await;
    // In the middle of it, it dies; the hint is lost with it.
    worker.kill();

    let worker = world.work(world.connections(CALL_TIMEOUT), NEVER);
    eventually("the cluster holds the new version alone", async || {
        let told = world.told_of_secret(id).await;
        (told.len() == 2 && here.kept(id).len() == 1).then_some(())
    })
    .await;
    assert_eq!(held(&world, here, id, world.cluster).await, 2);
    let which = tenant.which(workload);
    assert_eq!(here.read(which, FILE), [second]);
    assert_eq!(world.told_of_secret(id).await, ["SecretApplied"; 2]);
    assert_eq!(world.told_of(workload).await, ["WorkloadApplied", "WorkloadRunning"]);
    worker.stop().await;
    tenant.remove(workload).await;
    world.sweep().await;
    clean(&world, &tenant, id, &[here]).await;
}

fn is_taken(error: &commands::Error) -> bool {
    matches!(error, commands::Error::Refused(commands::Refusal::NameTaken { .. }))
}

pub(super) async fn what_somebody_else_made_is_listed_and_adopted_and_stays(runs: &dyn Runs) {
    let (world, [here, _]) = (world(runs).await, runs.keeps());
    let tenant = Tenant::new(&world).await;
    let own = world.keep(&value()).await;
    let profile = tenant.define_as(vec![], &[], vec![mount(own, FILE)]).await;
    world.sweep().await;
    let before = SystemClock.now();
    let called = here.make(tenant.organization, &value());
    let listed = async || {
        let (all, has_more) = world.foreign().of(world.provider, world.cluster).await.unwrap();
        assert!(!has_more);
        all
    };
    let all = listed().await;
    let theirs = all.iter().find(|foreign| foreign.object.name == called).unwrap();
    // The cluster tells full seconds, by a clock of its own.
    assert!((theirs.created_at.moment() - before.moment()).abs() < TIMES_DIFFER_MAX);
    let kept = here.kept(own);
    let is_own = |name: &String| kept.contains_key(name);
    assert!(!all.iter().any(|foreign| is_own(&foreign.object.name)), "ours is none of theirs");

    let native_id = theirs.object.native_id.clone();
    let unknown = world.adopt("nothing", "theirs", &value()).await;
    assert!(matches!(unknown, Err(foreign::Error::Refused(_))), "{unknown:?}");
    let secret = value();
    let id = world.adopt(&native_id, "theirs", &secret).await.unwrap();
    let again = world.adopt(&native_id, "again", &value()).await;
    let is_taken = matches!(&again, Err(foreign::Error::Refused(refused)) if is_taken(refused));
    assert!(is_taken, "{again:?}");

    // From then on it is as any other.
    let mounts = Some(vec![mount(id, FILE)]);
    let change = ChangeProfile { secrets: mounts, ..ChangeProfile::default() };
    tenant.change(profile, change).await;
    let workload = tenant.request(profile, 1).await;
    world.sweep().await;
    world.settle(workload, world.cluster).await;
    assert_eq!(here.read(tenant.which(workload), FILE), [secret.as_str()]);
    assert_eq!(held(&world, here, id, world.cluster).await, 1);
    world.rotate(id, &value()).await;
    world.settle_secret(id, world.cluster).await;
    assert_eq!(held(&world, here, id, world.cluster).await, 2);
    nothing_shows(&world, id, &[&secret]).await;
    tenant.remove(workload).await;
    world.sweep().await;
    clean(&world, &tenant, id, &[here]).await;

    // What was there before is whose it was, and may be adopted again.
    assert!(listed().await.iter().any(|foreign| foreign.object.native_id == native_id));
    let id = world.adopt(&native_id, "theirs", &value()).await.unwrap();
    clean(&world, &tenant, id, &[here]).await;
    here.take(&called);
    clean(&world, &tenant, own, &[here]).await;
}

pub(super) async fn a_worker_that_slept_before_its_create_leaves_nothing_behind(runs: &dyn Runs) {
    let (world, [here, _]) = (Arc::new(world(runs).await), runs.keeps());
    let tenant = Tenant::new(&world).await;
    let on = world.cluster;
    let woken = async |id: SecretId, others: Meanwhile| {
        let before_create = Arc::new(others);
        let clusters = Arc::clone(&world.clusters);
        let around = Around { clusters, fuse: Arc::new(Fuse::default()), before_create };
        let writer = world.database.writer().keeping(world.vault.clone());
        let clock = Arc::new(SystemClock);
        Reconciler::new(writer, Arc::new(around), clock, INSTANCE).secret(id, on).await
    };
    let keep = async || {
        let id = world.keep(&value()).await;
        (id, tenant.define_as(vec![], &[], vec![mount(id, FILE)]).await)
    };

    // It has read that nothing is there, and the value; then it sleeps over a rotation.
    let (id, _) = keep().await;
    let (others, sleeps) = (Arc::clone(&world), Meanwhile::default());
    sleeps.act(async move || {
        others.rotate(id, &value()).await;
        others.settle_secret(id, on).await;
    });
    let late = woken(id, sleeps).await;
    assert!(matches!(late, Err(Error::Overtaken)), "{late:?}");
    world.sweep().await;
    assert_eq!((held(&world, here, id, on).await, here.kept(id).len()), (2, 1));
    assert_eq!(world.told_of_secret(id).await, ["SecretApplied"]);
    clean(&world, &tenant, id, &[here]).await;

    // The same over its removal.
    let (id, profile) = keep().await;
    let (others, sleeps) = (Arc::clone(&world), Meanwhile::default());
    let organization = tenant.organization;
    sleeps.act(async move || {
        Tenant::of(&others, organization).forget(profile).await;
        others.drop_secret(id).await.unwrap();
        others.look_at_secret(id, on).await;
    });
    assert_eq!(woken(id, sleeps).await.unwrap(), SecretDone::Removed);
    assert!(here.kept(id).is_empty());
}
