//! A rotation that something does not come up with, where something runs in containers: on a Swarm.

use crate::{
    keeper::{mount, value},
    kept::Keeps,
    lab::Lab,
    tenant::Tenant,
};
use domain::Event;
use projections::secret_list::row::State;
use tests::harness::eventually;

/// Ends at once with a value that it does not like.
const FASTIDIOUS: &str = "grep -q ^bad /run/secrets/key && exit 1; \
                          trap 'exit 0' TERM; sleep 2147483647 & wait";

#[tokio::test(flavor = "multi_thread")]
async fn what_something_does_not_come_up_with_goes_back() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let (tenant, on) = (Tenant::new(&world).await, world.cluster);
    let first = value();
    let id = world.keep(&first).await;
    let command = ["/bin/sh", "-c", FASTIDIOUS];
    let profile = tenant.define_as(vec![], &command, vec![mount(id, "key")]).await;
    let (one, two) = (tenant.request(profile, 2).await, tenant.request(profile, 1).await);
    world.sweep().await;
    world.settle(one, on).await;
    world.settle(two, on).await;

    let bad = format!("bad-{}", value());
    world.rotate(id, &bad).await;
    eventually("the engine gives up", async || {
        world.sweep().await;
        world.told_of_secret(id).await.contains(&"SecretRejected").then_some(())
    })
    .await;
    world.settle_secret(id, on).await;
    eventually("all of it runs again", async || {
        world.sweep().await;
        let is = |read: Vec<String>, number| read == vec![first.clone(); number];
        let all = [(one, 2), (two, 1)];
        all.iter().all(|(id, number)| is(lab.read(tenant.which(*id), "key"), *number)).then_some(())
    })
    .await;
    world.settle_secret(id, on).await;
    assert_eq!(lab.kept(id).len(), 1, "nothing is left of what was bad");
    assert_eq!(world.told_of_secret(id).await, ["SecretApplied", "SecretRejected"]);
    let shown = world.shown_on(id, on).await.unwrap();
    assert_eq!((shown.state(2), shown.held.unwrap().version), (State::Rejected, 1));
    let rejected = shown.rejected.unwrap();
    assert!([one, two].map(Some).contains(&rejected.workload_id));
    assert!(rejected.reason.contains("update paused due to failure"), "{}", rejected.reason);
    for event in world.became_of(id).await {
        let Event::SecretObservation(event) = &event.payload else { panic!() };
        assert!(!serde_json::to_string(event).unwrap().contains(&bad));
    }

    // It is not tried again, and what is changed meanwhile mounts what is good.
    world.sweep().await;
    tenant.scale(two, 2).await;
    world.settle(two, on).await;
    assert_eq!(lab.read(tenant.which(two), "key"), vec![first; 2]);
    let better = value();
    world.rotate(id, &better).await;
    world.settle_secret(id, on).await;
    let shown = world.shown_on(id, on).await.unwrap();
    assert_eq!((shown.state(3), shown.rejected), (State::Applied, None));
    assert_eq!(lab.read(tenant.which(two), "key"), vec![better; 2]);
    for workload in [one, two] {
        tenant.remove(workload).await;
    }
    world.sweep().await;
}
