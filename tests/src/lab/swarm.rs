//! A Swarm of several engines, and what can befall it.

use std::fs;
use std::mem;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use super::Error;
use super::engine::{Engine, Secured};
use super::image;
use super::network::Network;
use super::process::{Look, wait_for};
use super::scope::Scope;
use crate::harness::certificate::{Authority, Pem};

/// What every engine that speaks TLS calls itself.
pub const SERVER_NAME: &str = "swarm.internal";

const ENGINES_MAX: usize = 50;
/// A node is seen as dead after three of these. Swarm's own choice is 5 s, too long for a test.
const HEARTBEAT: &str = "1s";
/// Far more than it takes: a slow machine is no finding.
const NODE_LIMIT: Duration = Duration::from_secs(120);
const CONTROL_PORT: u16 = 2377;

/// Engines joined to one Swarm. When it is dropped, all of it is gone.
#[derive(Debug)]
pub struct Swarm {
    engines: Vec<Engine>,
    /// So many of the engines, from the first, are managers.
    managers: usize,
    network: Network,
    directory: PathBuf,
    secured: Option<Authority>,
    /// Held while an image is packed, since all are packed in one place.
    packing: Mutex<()>,
    /// What comes after belongs to another Swarm of the same number.
    removed: bool,
}

impl Swarm {
    /// Starts `engines` engines and joins them, the first `managers` of them as managers. With no
    /// manager they stay single engines that belong to no Swarm.
    ///
    /// The machines are called `name-1`, `name-2` and so on.
    pub fn start(name: &str, engines: usize, managers: usize) -> Result<Self, Error> {
        Self::begin(name, engines, managers, None)
    }

    /// The same, but each engine speaks TLS with whoever has a certificate of its [`authority`],
    /// and calls itself [`SERVER_NAME`] only, whatever its address.
    ///
    /// [`authority`]: Swarm::authority
    pub fn start_secured(name: &str, engines: usize, managers: usize) -> Result<Self, Error> {
        Self::begin(name, engines, managers, Some(Authority::new(name)))
    }

    fn begin(
        name: &str,
        engines: usize,
        managers: usize,
        secured: Option<Authority>,
    ) -> Result<Self, Error> {
        if engines > ENGINES_MAX || managers > engines {
            return Err(Error::Unavailable(format!(
                "{engines} engines with {managers} managers; at most {ENGINES_MAX} engines"
            )));
        }
        let scope = Scope::find()?;
        let network = Network::create()?;
        let directory = scope.directory.join(network.name());
        let packing = Mutex::new(());
        let removed = false;
        let mut swarm =
            Self { engines: Vec::new(), managers, network, directory, secured, packing, removed };
        for number in 1..=engines {
            swarm.add_engine(&scope, &format!("{name}-{number}"))?;
        }
        for engine in &swarm.engines {
            engine.wait_until_ready()?;
        }
        if managers > 0 {
            swarm.join()?;
        }
        Ok(swarm)
    }

    fn add_engine(&mut self, scope: &Scope, hostname: &str) -> Result<(), Error> {
        let number = self.engines.len() + 1;
        let directory = self.directory.join(number.to_string());
        let what = || format!("make {}", directory.display());
        fs::create_dir_all(&directory).map_err(|source| Error::Io { what: what(), source })?;
        let cgroup = format!("{}-{number}", self.network.name());
        let secured = self.secured.as_ref().map(|authority| Secured {
            authority: authority.certificate.clone(),
            own: authority.server(&[SERVER_NAME]),
        });
        let mut engine =
            Engine::new(scope.clone(), &directory, cgroup, hostname.to_owned(), secured);
        engine.address = self.network.join(&engine.namespace())?;
        engine.spawn()?;
        self.engines.push(engine);
        Ok(())
    }

    fn join(&mut self) -> Result<(), Error> {
        let first = &self.engines[0];
        let control = format!("{}:{CONTROL_PORT}", first.address);
        let at = |engine: &Engine| {
            let address = engine.address;
            [format!("--advertise-addr={address}"), format!("--listen-addr={address}")]
        };
        let [advertise, listen] = at(first);
        let heartbeat = format!("--dispatcher-heartbeat={HEARTBEAT}");
        first.docker(&["swarm", "init", &advertise, &listen, &heartbeat])?;
        for (index, engine) in self.engines.iter().enumerate().skip(1) {
            let role = if index < self.managers { "manager" } else { "worker" };
            let token = first.docker(&["swarm", "join-token", "--quiet", role])?;
            let token = format!("--token={}", token.trim());
            let [advertise, listen] = at(engine);
            engine.docker(&["swarm", "join", &token, &advertise, &listen, &control])?;
        }
        for engine in &mut self.engines {
            let id = engine.docker(&["info", "--format", "{{.Swarm.NodeID}}"])?;
            engine.node_id = id.trim().to_owned();
        }
        (0..self.engines.len()).try_for_each(|index| self.wait_until_node_is(index, "ready"))
    }

    /// The engines, in the order of their names.
    pub fn engines(&self) -> &[Engine] {
        &self.engines
    }

    /// Who issues the certificates of its engines, and of those they admit; none where they speak
    /// plain HTTP.
    pub fn authority(&self) -> Option<&Authority> {
        self.secured.as_ref()
    }

    /// Starts engine `index` again, with another certificate.
    pub fn show(&mut self, index: usize, own: Pem) -> Result<(), Error> {
        self.engines[index].show(own);
        self.revive(index)
    }

    /// The address of the API of engine `index`.
    pub fn url(&self, index: usize) -> String {
        self.engines[index].url()
    }

    /// Waits until the managers see the node of engine `index` as `ready`, `down` or `unknown`.
    pub fn wait_until_node_is(&self, index: usize, state: &str) -> Result<(), Error> {
        let node = &self.engines[index];
        // The node itself is asked last: it may be dead, or cut off and wrong about itself.
        let (itself, others): (Vec<_>, Vec<_>) =
            self.engines[..self.managers].iter().partition(|engine| engine.node_id == node.node_id);
        let question = ["node", "inspect", "--format", "{{.Status.State}}", &node.node_id];
        let what = format!("node {} is {state}", node.hostname);
        wait_for(&what, NODE_LIMIT, || {
            let mut seen = "there is no manager".to_owned();
            for manager in others.iter().chain(&itself) {
                match manager.docker(&question) {
                    Ok(answer) if answer.trim() == state => return Look::Done(()),
                    Ok(answer) => return Look::NotYet(answer.trim().to_owned()),
                    Err(error) => seen = error.to_string(),
                }
            }
            Look::NotYet(seen)
        })
        .map_err(|error| node.explain(error))
    }

    /// Kills engine `index` and all its containers, as if the power of its machine had failed.
    pub fn kill(&self, index: usize) -> Result<(), Error> {
        self.engines[index].kill()
    }

    /// Starts a killed engine again, with its data and its address, and waits until it answers.
    pub fn revive(&self, index: usize) -> Result<(), Error> {
        self.engines[index].kill()?;
        self.engines[index].spawn()?;
        self.engines[index].wait_until_ready()
    }

    /// Takes the link of engine `index` down: nobody reaches it, and its containers run on.
    pub fn cut(&self, index: usize) -> Result<(), Error> {
        self.network.set_link(index, "down")
    }

    /// Takes the link of engine `index` up again.
    pub fn heal(&self, index: usize) -> Result<(), Error> {
        self.network.set_link(index, "up")
    }

    /// Stops engine `index` in its tracks: it accepts connections and never answers.
    pub fn freeze(&self, index: usize) -> Result<(), Error> {
        self.engines[index].freeze()
    }

    /// Lets a frozen engine go on.
    pub fn thaw(&self, index: usize) -> Result<(), Error> {
        self.engines[index].thaw()
    }

    /// Gives every engine an image of busybox under `tag`, such as `localhost:1/demo:1`, with the
    /// same id on each. Left to itself it sleeps until it is stopped.
    pub fn import_image(&self, tag: &str) -> Result<(), Error> {
        let _packing = self.packing.lock();
        let archive = image::pack(&self.directory)?.display().to_string();
        let Some((first, others)) = self.engines.split_first() else { return Ok(()) };
        first.docker(&["import", "--change", image::COMMAND, &archive, tag])?;
        first.docker(&["save", "--output", &archive, tag])?;
        others.iter().try_for_each(|engine| {
            engine.docker(&["load", "--quiet", "--input", &archive]).map(drop)
        })
    }

    /// Runs the Docker client against engine `index` and returns what it printed.
    pub fn docker(&self, index: usize, arguments: &[&str]) -> Result<String, Error> {
        self.engines[index].docker(arguments)
    }

    /// Ends all of it, and says so when something could not be removed.
    pub fn stop(mut self) -> Result<(), Error> {
        self.remove()
    }

    fn remove(&mut self) -> Result<(), Error> {
        if mem::replace(&mut self.removed, true) {
            return Ok(());
        }
        let mut result = Ok(());
        for engine in self.engines.drain(..) {
            result = result.and(engine.kill());
        }
        result = result.and(self.network.part());
        if self.directory.exists() {
            let what = || format!("remove {}", self.directory.display());
            let removed = fs::remove_dir_all(&self.directory);
            result = result.and(removed.map_err(|source| Error::Io { what: what(), source }));
        }
        result.and(self.network.remove())
    }
}

impl Drop for Swarm {
    fn drop(&mut self) {
        // Nobody is left to tell; what stays ends with `tests/isolated`.
        let _ = self.remove();
    }
}
