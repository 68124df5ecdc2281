//! What a preview says of nodes is what the real scheduler does with them.

use crate::{
    real::{Change, Runs},
    tenant::{Tenant, world},
    world::World,
};
use domain::{
    constraint::{self, Constraint},
    testing::profile::{equal, not_equal},
};
use projections::{Model, node_list::matching, rebuild};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use std::collections::BTreeSet;
use tests::harness::eventually;

/// How often the nodes get other labels.
const LABELINGS: usize = 3;
/// How many workloads each time.
const WORKLOADS: usize = 4;
/// Few keys and values, so that they meet; two values differ in nothing but their case.
const KEYS: [&str; 3] = ["zone", "Type", "disk.kind"];
const VALUES: [&str; 3] = ["a", "A", "b-1"];

fn constraints(random: &mut StdRng) -> Vec<Constraint> {
    loop {
        let number = random.random_range(1..=3);
        let one = |random: &mut StdRng| {
            let key = KEYS.choose(random).unwrap();
            let value = VALUES.choose(random).unwrap();
            if random.random() { equal(key, value) } else { not_equal(key, value) }
        };
        let drawn: Vec<Constraint> = (0..number).map(|_| one(random)).collect();
        if constraint::check(&drawn).is_ok() {
            return drawn;
        }
    }
}

/// Gives each node some of the labels, and no other.
fn label(runs: &dyn Runs, random: &mut StdRng) {
    for node in 0..runs.nodes() {
        for key in KEYS {
            match random.random_range(0..=VALUES.len()) {
                0 if runs.labels(node)[key].is_null() => {}
                0 => runs.change(node, Change::Unlabel(key)),
                drawn => runs.change(node, Change::Label(key, VALUES[drawn - 1])),
            }
        }
    }
}

/// The names of the nodes that match, as a preview of a profile says.
async fn previewed(world: &World, runs: &dyn Runs, wanted: &[Constraint]) -> BTreeSet<String> {
    let pool = world.database.pool();
    let kind = runs.engine().registered().kind;
    let preview = matching::preview(&pool, world.provider, kind, wanted).await.unwrap();
    let almost: BTreeSet<String> = preview.almost.into_iter().map(|node| node.name).collect();
    let names = (0..runs.nodes()).map(|node| runs.is(node).name);
    let matching: BTreeSet<String> = names.filter(|name| !almost.contains(name)).collect();
    let count = preview.clusters.get(&world.cluster).map_or(0, |count| count.matching);
    assert_eq!(matching.len(), usize::try_from(count).unwrap());
    matching
}

/// The seed is printed when the story fails, since it is in each assertion.
pub(super) async fn a_preview_names_exactly_the_nodes_on_which_the_scheduler_places(
    runs: &dyn Runs,
) {
    let seed: u64 = rand::rng().random();
    let mut random = StdRng::seed_from_u64(seed);
    let world = world(runs).await;
    let tenant = Tenant::new(&world).await;
    let (mut placed, mut refused) = (0, 0);
    for _ in 0..LABELINGS {
        label(runs, &mut random);
        world.sweep().await;
        rebuild::run(&world.database.pool(), &world.feed(), Model::NodeList, |_| {}).await.unwrap();
        let mut asked = vec![];
        for _ in 0..WORKLOADS {
            let wanted = constraints(&mut random);
            let expected = previewed(&world, runs, &wanted).await;
            let profile = tenant.define(wanted.clone()).await;
            // One for each node: a scheduler spreads them over all that it may use.
            let number = u32::try_from(runs.nodes()).unwrap();
            let requested = tenant.try_request(profile, number).await;
            let what = format!("seed {seed}: {wanted:?}, {expected:?}");
            assert_eq!(requested.is_err(), expected.is_empty(), "{what}: {requested:?}");
            match requested {
                Ok(id) => asked.push((id, expected, what)),
                Err(_) => refused += 1,
            }
        }
        for (id, expected, what) in asked {
            world.settle(id, world.cluster).await;
            let spread =
                eventually("the containers are placed", async || runs.spread(tenant.which(id)))
                    .await;
            assert_eq!(spread.into_iter().collect::<BTreeSet<_>>(), expected, "{what}");
            tenant.remove(id).await;
            world.settle_removed(id, world.cluster).await;
            placed += 1;
        }
    }
    assert_eq!(placed + refused, LABELINGS * WORKLOADS);
}
