//! One real Swarm for all stories, which take turns with it, and find it clean.

use crate::world::{Address, Secured, World};
use domain::{ids::NodeId, testing::key};
use serde_json::Value;
use std::{ops::Deref, sync::LazyLock, time::Duration};
use tests::lab::{self, SERVER_NAME, Swarm};
use tokio::{
    sync::{Mutex, MutexGuard},
    task::block_in_place,
};

/// The first is the only manager; so another may die without taking the control plane along.
const ENGINES: usize = 3;
/// How long one call to the cluster may take in these stories.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// Never dropped: it ends with the namespaces that `tests/isolated` made.
static SWARM: LazyLock<Mutex<Option<Swarm>>> = LazyLock::new(|| Mutex::new(None));

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
            let started = block_in_place(|| Swarm::start_secured("paris", ENGINES, 1));
            *swarm = Some(started.unwrap());
        }
        let lab = Self(swarm);
        (0..ENGINES).for_each(|index| lab.clean(index));
        Some(lab)
    }

    /// A world whose provider has this Swarm.
    pub(crate) async fn world(&self) -> World {
        World::new(&self.address(0)).await
    }

    /// An engine as it is registered: by its address, and by a name that is not in any DNS.
    pub(crate) fn address(&self, index: usize) -> Address {
        Address { url: self.url(index), urls: vec![], secured: Some(self.secured("berth")) }
    }

    /// What a client that the engines admit has.
    pub(crate) fn secured(&self, client: &str) -> Secured {
        let authority = self.authority().unwrap();
        Secured {
            server_name: SERVER_NAME.to_owned(),
            authority: authority.certificate.clone(),
            own: authority.client(client),
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

    /// Changes a node behind Berth's back.
    pub(crate) fn update(&self, index: usize, arguments: &[&str]) {
        let node = &self.engines()[index].node_id;
        self.say(&[&["node", "update"], arguments, &[node.as_str()]].concat());
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
