//! One real Swarm for all stories, which take turns with it, and find it clean.

use crate::{
    engine::Engine,
    front::Behind,
    full,
    kept::Keeps,
    real::{Change, Is, Real, Runs},
    services,
    tenant::IMAGE,
    world::{Address, Secured, World},
};
use commands::ports::cluster::workload::Which;
use domain::{
    availability::Availability,
    ids::NodeId,
    node_observation::facts::{Reachability, Role, State},
    provider::Kind,
    testing::key,
};
use serde_json::Value;
use std::{
    ops::Deref,
    sync::{LazyLock, OnceLock},
    time::Duration,
};
use tests::lab::{self, SERVER_NAME, Swarm};
use tokio::{
    sync::{Mutex, MutexGuard},
    task::block_in_place,
};

/// The first is the only manager; so another may die without taking the control plane along.
const ENGINES: usize = 3;
/// How often a change of a node is tried that others overtake.
const UPDATES_MAX: usize = 10;
/// How long one call to the cluster may take in these stories.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// Never dropped: it ends with the namespaces that `tests/isolated` made.
static SWARM: LazyLock<Mutex<Option<Swarm>>> = LazyLock::new(|| Mutex::new(None));

/// The same, used by whoever has the first.
static SECOND: OnceLock<Swarm> = OnceLock::new();

/// The Swarm, for one story.
pub(crate) struct Lab(MutexGuard<'static, Option<Swarm>>);

impl Lab {
    /// Waits for its turn; `None` where there can be no lab.
    pub(crate) async fn enter() -> Option<Self> {
        if !lab::ready() {
            return None;
        }
        let mut swarm = SWARM.lock().await;
        if swarm.is_none() {
            *swarm = Some(block_in_place(|| start("paris", ENGINES)));
        }
        let lab = Self(swarm);
        services::clean(&lab);
        (0..ENGINES).for_each(|index| lab.clean(index));
        let services = lab.say(&["service", "ls", "--quiet"]);
        for service in services.lines() {
            lab.say(&["service", "rm", service]);
        }
        for secret in lab.say(&["secret", "ls", "--quiet"]).lines() {
            lab.say(&["secret", "rm", secret]);
        }
        Some(lab)
    }

    /// A world whose provider has this Swarm.
    pub(crate) async fn world(&self) -> World {
        World::new(&self.address(0)).await
    }

    /// An engine as it is registered: by its address, and by a name that is not in any DNS.
    pub(crate) fn address(&self, index: usize) -> Address {
        let secured = Some(self.secured("berth"));
        Address { kind: Kind::Swarm, url: self.url(index), urls: vec![], secured, token: None }
    }

    /// What a client that the engines admit has.
    pub(crate) fn secured(&self, client: &str) -> Secured {
        let authority = self.authority().unwrap();
        Secured {
            server_name: SERVER_NAME.to_owned(),
            authority: authority.certificate.clone(),
            own: Some(authority.client(client)),
        }
    }

    /// What the engine says of a node.
    pub(crate) fn inspect(&self, index: usize) -> Value {
        let text = self.say(&["node", "inspect", &self.engines()[index].node_id]);
        serde_json::from_str::<Value>(&text).unwrap()[0].take()
    }

    /// The labels of a node, as the engine says.
    pub(crate) fn labels(&self, index: usize) -> Value {
        self.inspect(index)["Spec"]["Labels"].take()
    }

    /// Changes a node behind Berth's back. The engine writes the node too, whenever its state
    /// changes; whoever comes second reads it again.
    pub(crate) fn update(&self, index: usize, arguments: &[&str]) {
        let node = &self.engines()[index].node_id;
        let update = [&["node", "update"], arguments, &[node.as_str()]].concat();
        for _ in 0..UPDATES_MAX {
            match block_in_place(|| self.docker(0, &update)) {
                Err(error) if error.to_string().contains("update out of sequence") => {}
                done => return drop(done.unwrap()),
            }
        }
        panic!("others were faster {UPDATES_MAX} times: {arguments:?}");
    }

    pub(crate) fn say(&self, arguments: &[&str]) -> String {
        block_in_place(|| self.docker(0, arguments)).unwrap()
    }

    pub(crate) fn node(&self, world: &World, index: usize) -> NodeId {
        world.node(&self.engines()[index].node_id)
    }

    fn clean(&self, index: usize) {
        let labels = self.labels(index);
        let keys = labels.as_object().into_iter().flat_map(|labels| labels.keys());
        let removals: Vec<String> = keys.map(|key| format!("--label-rm={key}")).collect();
        let mut arguments = vec!["--availability=active"];
        arguments.extend(removals.iter().map(String::as_str));
        self.update(index, &arguments);
    }
}

/// A Swarm with the image that workloads of stories are made from.
fn start(name: &str, engines: usize) -> Swarm {
    let swarm = Swarm::start_secured(name, engines, 1).unwrap();
    swarm.import_image(IMAGE).unwrap();
    swarm
}

fn second() -> &'static Swarm {
    SECOND.get_or_init(|| block_in_place(|| start("lyon", 1)))
}

impl Runs for Lab {
    fn engine(&self) -> &dyn Engine {
        &**self
    }

    fn second(&self) -> &'static dyn Engine {
        second()
    }

    fn keeps(&self) -> [&dyn Keeps; 2] {
        [&**self, second()]
    }

    /// A manager chooses the node with the fewest containers of the service.
    fn spread(&self, which: Which) -> Option<Vec<String>> {
        let object = self.engine().object(which).unwrap();
        (object.places.len() == ENGINES).then_some(object.places)
    }
}

impl Real for Lab {
    fn address(&self) -> Address {
        Lab::address(self, 0)
    }

    fn behind(&self) -> Behind {
        Behind::Socket(self.engines()[0].socket())
    }

    fn identity(&self) -> String {
        self.say(&["info", "--format", "{{.Swarm.Cluster.ID}}"]).trim().to_owned()
    }

    fn nodes(&self) -> usize {
        ENGINES
    }

    fn is(&self, node: usize) -> Is {
        let engine = &self.engines()[node];
        let (role, reachability, leader) = match node {
            0 => (Role::Manager, Reachability::Reachable, true),
            _ => (Role::Worker, Reachability::NotApplicable, false),
        };
        let (native_id, name) = (engine.node_id.clone(), engine.hostname.clone());
        Is { native_id, name, address: engine.address.to_string(), role, reachability, leader }
    }

    fn labels(&self, node: usize) -> Value {
        Lab::labels(self, node)
    }

    fn engine_label(&self, node: usize) -> (&'static str, String) {
        (lab::ENGINE_LABEL, self.engines()[node].hostname.clone())
    }

    fn availability(&self, node: usize) -> Availability {
        let shown = self.inspect(node)["Spec"]["Availability"].take();
        serde_json::from_value(shown).unwrap()
    }

    fn version(&self, node: usize) -> String {
        self.inspect(node)["Version"].to_string()
    }

    fn change(&self, node: usize, to: Change<'_>) {
        let argument = match to {
            Change::Label(key, value) => format!("--label-add={key}={value}"),
            Change::Unlabel(key) => format!("--label-rm={key}"),
            Change::Availability(to) => format!("--availability={}", to.as_str()),
        };
        self.update(node, &[&argument]);
    }

    fn refuse(&self, node: usize) -> &'static str {
        block_in_place(|| full::fill(self, node));
        "too large"
    }

    fn permit(&self, node: usize) {
        self.clean(node);
    }

    fn lose(&self, node: usize) -> State {
        block_in_place(|| self.kill(node)).unwrap();
        State::Down
    }

    fn find(&self, node: usize) {
        block_in_place(|| self.revive(node)).unwrap();
    }

    fn run(&self, name: &str, copies: usize) {
        services::run(self, name, copies, &[]);
    }

    fn run_where(&self, name: &str, copies: usize, (key, value): (&str, &str)) {
        let constraint = format!("--constraint=node.labels.{key}=={value}");
        services::create(self, name, copies, &[&constraint], &[]);
        services::until_run(self, name, copies);
    }

    /// Its first process does not hear that it is to stop, and has a long time to do so.
    fn run_stubborn(&self, name: &str, copies: usize) -> &'static str {
        services::run(self, name, copies, &["/bin/sh", "-c", services::DEAF]);
        "was told to stop, and is running"
    }

    fn persuade(&self, name: &str) {
        services::kill(self, name);
    }

    fn running(&self, name: &str, node: usize) -> usize {
        services::containers(self, name, node).len()
    }

    fn freeze(&self) {
        Swarm::freeze(self, 0).unwrap();
    }

    fn thaw(&self) {
        Swarm::thaw(self, 0).unwrap();
    }
}

impl Deref for Lab {
    type Target = Swarm;
    fn deref(&self) -> &Swarm {
        self.0.as_ref().unwrap()
    }
}

/// The labels of a node in the log.
pub(crate) async fn recorded_label(world: &World, node: NodeId, k: &str) -> Option<String> {
    world.seen(node).await?.facts.labels.get(key(k).as_str()).cloned()
}
