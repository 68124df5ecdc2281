//! Managers without a majority: they answer, and nobody among them may decide. What runs goes on,
//! and Berth says nothing of what it cannot see.

use crate::{
    both::contract::connect,
    connectivity::{failed, outcome, report},
    engine::Engine,
    tenant::Tenant,
    world::World,
};
use commands::{ports::cluster, reconcile::Error};
use domain::{
    connectivity::{Outcome, Report, Step},
    ids::{NodeId, OrganizationId, WorkloadId},
};
use serde_json::Value;
use tests::{
    harness::eventually,
    lab::{self, Swarm},
};
use tokio::task::block_in_place;

/// All of them managers; the first is asked, and lives on.
const MANAGERS: usize = 3;
const LEADERLESS: &str = "does not have a leader";

async fn retested(world: &World) -> Report {
    world.test().await;
    world.reconciler().test(world.cluster).await.unwrap();
    report(world, world.cluster).await.unwrap()
}

/// The containers that run on the first engine.
fn containers(swarm: &Swarm) -> Vec<String> {
    let text = block_in_place(|| swarm.docker(0, &["ps", "--quiet", "--no-trunc"])).unwrap();
    text.split_whitespace().map(str::to_owned).collect()
}

fn label(swarm: &Swarm, index: usize, key: &str) -> Value {
    let inspect = ["node", "inspect", &swarm.engines()[index].node_id];
    let text = block_in_place(|| swarm.docker(0, &inspect)).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()[0]["Spec"]["Labels"][key].take()
}

fn is_leaderless(error: &cluster::Error) -> bool {
    matches!(error, cluster::Error::ControlPlaneUnavailable { words, .. }
        if words.contains(LEADERLESS))
}

/// A Swarm of managers with a workload that runs on each of them.
struct Stage {
    swarm: Swarm,
    world: World,
    nodes: Vec<NodeId>,
    organization: OrganizationId,
    workload: WorkloadId,
    /// What runs on the first engine from the beginning.
    first: String,
}

impl Stage {
    async fn set() -> Self {
        let swarm = block_in_place(|| Swarm::start_secured("troyes", MANAGERS, MANAGERS)).unwrap();
        block_in_place(|| swarm.import_image(crate::tenant::IMAGE)).unwrap();
        let world = World::new(&swarm.registered()).await;
        let nodes = swarm.engines().iter().map(|engine| world.node(&engine.node_id)).collect();
        let tenant = Tenant::new(&world).await;
        let organization = tenant.organization;
        let profile = tenant.define(vec![]).await;
        world.sweep().await;
        let workload = tenant.request(profile, 3).await;
        world.settle(workload, world.cluster).await;
        let [first] = &containers(&swarm)[..] else { panic!("one on each") };
        let first = first.clone();
        Self { swarm, world, nodes, organization, workload, first }
    }

    fn tenant(&self) -> Tenant<'_> {
        Tenant::of(&self.world, self.organization)
    }

    /// How much was told of each node, and of the workload.
    async fn told(&self) -> (Vec<usize>, usize) {
        let mut nodes = vec![];
        for node in &self.nodes {
            nodes.push(self.world.history(*node).await.len());
        }
        (nodes, self.world.told_of(self.workload).await.len())
    }

    async fn until_leaderless(&self) {
        let cluster = connect(self.swarm.registered());
        eventually("the one that is left knows that it may not decide", async || {
            cluster.nodes().await.err().filter(is_leaderless)
        })
        .await;
    }

    /// Whatever is tried is answered so, and nothing is told of it.
    async fn nobody_decides(&self) {
        let (world, told, running) = (&self.world, self.told().await, containers(&self.swarm));
        assert!(running.contains(&self.first), "it runs on");
        world.label(self.nodes[0], "zone", "b").await;
        self.tenant().scale(self.workload, 4).await;
        world.sweep().await;
        for done in [
            world.reconcile(self.nodes[0]).await.err(),
            world.reconciler().workload(self.workload, world.cluster).await.err(),
            world.reconciler().cluster(world.provider, world.cluster).await.err(),
        ] {
            let is_said = matches!(&done, Some(Error::Cluster(error)) if is_leaderless(error));
            assert!(is_said, "{done:?}");
        }
        assert_eq!(self.told().await, told);
        assert_eq!(containers(&self.swarm), running);
    }

    /// What was decided meanwhile is made so.
    async fn all_is_as_decided(&self) {
        let world = &self.world;
        eventually("the label is there", async || {
            world.sweep().await;
            let seen = world.seen(self.nodes[0]).await.unwrap();
            (seen.facts.labels.get("zone").map(String::as_str) == Some("b")).then_some(())
        })
        .await;
        assert_eq!(label(&self.swarm, 0, "zone"), "b");
        block_in_place(|| self.swarm.revive(2)).unwrap();
        eventually("all of it runs", async || {
            world.sweep().await;
            let object = self.swarm.object(self.tenant().which(self.workload)).unwrap();
            let told = world.told_of(self.workload).await;
            (object.places.len() == 4 && told.last() == Some(&"WorkloadRunning")).then_some(())
        })
        .await;
        for node in &self.nodes {
            let seen = world.seen(*node).await.unwrap();
            assert!(!seen.lost && world.count(*node, "NodeLost").await == 0, "{seen:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_without_a_majority_decide_nothing_and_nothing_is_made_up() {
    if !lab::ready() {
        return;
    }
    let stage = Stage::set().await;
    let (swarm, world) = (&stage.swarm, &stage.world);
    let passed = retested(world).await;
    assert_eq!(outcome(&passed, Step::Nodes), Outcome::Passed, "{passed:#?}");

    // Two of three are a majority.
    block_in_place(|| swarm.kill(2)).unwrap();
    eventually("the two see that the third is gone", async || {
        let warned = retested(world).await;
        let nodes = warned.findings.iter().find(|it| it.step == Step::Nodes).unwrap();
        nodes.detail.contains("2 of 3 managers are reached").then_some(())
    })
    .await;
    world.label(stage.nodes[0], "zone", "a").await;
    world.sweep().await;
    assert_eq!(label(swarm, 0, "zone"), "a");

    block_in_place(|| swarm.kill(1)).unwrap();
    stage.until_leaderless().await;
    stage.nobody_decides().await;
    let (step, detail, remedy) = failed(&retested(world).await);
    assert_eq!(step, Step::Identity, "{detail}");
    assert!(detail.contains(LEADERLESS), "{detail}");
    assert!(remedy.contains("more than half of the managers must be up"), "{remedy}");

    block_in_place(|| swarm.revive(1)).unwrap();
    stage.all_is_as_decided().await;
    block_in_place(|| stage.swarm.stop()).unwrap();
}
