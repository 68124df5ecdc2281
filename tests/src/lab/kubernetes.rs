//! A Kubernetes control plane, and what can befall it.
//!
//! API server, controller manager, scheduler and etcd are real; the nodes are played by kwok, so
//! that a pod "runs" as soon as the scheduler has placed it, and nothing runs in it. All of it
//! lives on one machine of its own, behind one link.

mod arguments;
mod credentials;
mod programs;

use std::fs;
use std::mem;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::Error;
use super::network::Network;
use super::process::{Look, run, wait_for};
use super::program::Program;
use super::scope::Scope;
use crate::harness::certificate::{Authority, Pem};
use arguments::STAGES;
use credentials::{Credentials, MASTERS, kubeconfig};

const NODES_MAX: usize = 200;
const READY_LIMIT: Duration = Duration::from_secs(60);
const NODE_LIMIT: Duration = Duration::from_secs(60);
/// How long one call of kubectl may take; a frozen API server would keep it for ever.
const CLIENT_SECONDS_MAX: &str = "60";

/// A control plane with nodes. When it is dropped, all of it is gone.
#[derive(Debug)]
pub struct Kubernetes {
    /// Its address on its bridge.
    pub address: Ipv4Addr,
    nodes: Vec<String>,
    credentials: Credentials,
    etcd: Program,
    api_server: Program,
    /// Make of what is wanted what is there.
    controllers: [Program; 2],
    /// Plays the nodes.
    kwok: Program,
    /// Lets whoever comes do everything; runs only where it was asked for.
    gate: Program,
    network: Network,
    directory: PathBuf,
    kubectl: PathBuf,
    removed: bool,
}

impl Kubernetes {
    /// Starts a control plane with so many nodes, called `name-1`, `name-2` and so on.
    pub fn start(name: &str, nodes: usize) -> Result<Self, Error> {
        if nodes > NODES_MAX {
            return Err(Error::Unavailable(format!("{nodes} nodes; at most {NODES_MAX}")));
        }
        programs::check()?;
        let scope = Scope::find()?;
        let mut network = Network::create()?;
        let directory = scope.directory.join(network.name());
        let io = |source| Error::Io { what: format!("make {}", directory.display()), source };
        fs::create_dir_all(&directory).map_err(io)?;
        let address = network.join(&directory.join("network"))?;
        let credentials = Credentials::make(&directory, name, &url_of(address))?;
        credentials.write(STAGES.0, STAGES.1)?;
        let program = |name: &str, arguments| {
            programs::find(name).map(|path| Program::new(path, arguments, &directory))
        };
        let kubernetes = Self {
            address,
            nodes: (1..=nodes).map(|number| format!("{name}-{number}")).collect(),
            api_server: program("kube-apiserver", arguments::api_server(&credentials, address))?,
            controllers: [
                program("kube-controller-manager", arguments::controller_manager(&credentials))?,
                program("kube-scheduler", arguments::scheduler(&credentials))?,
            ],
            etcd: program("etcd", arguments::etcd(&credentials))?,
            kwok: program("kwok", arguments::kwok(&credentials))?,
            gate: program("kubectl", arguments::gate(&credentials, address))?,
            credentials,
            network,
            kubectl: programs::find("kubectl")?,
            removed: false,
            directory: directory.clone(),
        };
        kubernetes.rise()?;
        Ok(kubernetes)
    }

    fn rise(&self) -> Result<(), Error> {
        self.etcd.spawn()?;
        self.api_server.spawn()?;
        self.wait_until_ready()?;
        // Before there is an API server, some of them would give up.
        self.controllers.iter().chain([&self.kwok]).try_for_each(Program::spawn)?;
        self.create_nodes()?;
        (0..self.nodes.len()).try_for_each(|index| self.wait_until_node_is(index, "True"))?;
        self.wait_for_accounts()
    }

    fn wait_until_ready(&self) -> Result<(), Error> {
        wait_for("the API server is ready", READY_LIMIT, || {
            match (self.api_server.exit(), self.kubectl(&["get", "--raw=/readyz"])) {
                (Some(ended), _) => Look::Never(ended),
                (None, Ok(_)) => Look::Done(()),
                (None, Err(error)) => Look::NotYet(error.to_string()),
            }
        })
        .map_err(|error| self.api_server.explain(error))
    }

    /// A pod needs one, which the controller manager makes.
    fn wait_for_accounts(&self) -> Result<(), Error> {
        wait_for("the default account is there", READY_LIMIT, || {
            match self.kubectl(&["get", "serviceaccount", "default"]) {
                Ok(_) => Look::Done(()),
                Err(error) => Look::NotYet(error.to_string()),
            }
        })
    }

    fn create_nodes(&self) -> Result<(), Error> {
        if self.nodes.is_empty() {
            return Ok(());
        }
        let node = |(index, name): (usize, &String)| {
            json!({
                "apiVersion": "v1", "kind": "Node",
                "metadata": {"name": name, "labels": {
                    "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name,
                    "kubernetes.io/os": "linux",
                }},
                "status": {"addresses": [
                    {"type": "InternalIP", "address": node_address(index)},
                    {"type": "Hostname", "address": name},
                ]},
            })
        };
        let nodes: Vec<Value> = self.nodes.iter().enumerate().map(node).collect();
        self.create(&json!({"apiVersion": "v1", "kind": "List", "items": nodes}))
    }

    /// The names of its nodes.
    pub fn nodes(&self) -> &[String] {
        &self.nodes
    }

    /// The address that node `index` says it has; nobody is there.
    pub fn node_address(&self, index: usize) -> Ipv4Addr {
        node_address(index)
    }

    /// The address of its API.
    pub fn url(&self) -> String {
        url_of(self.address)
    }

    /// The one name in its certificate.
    pub fn server_name(&self) -> &str {
        &self.credentials.server_name
    }

    /// Who has signed its certificate, and whose clients it knows.
    pub fn authority(&self) -> &Authority {
        &self.credentials.authority
    }

    /// The certificate of one who may do everything.
    pub fn admin(&self) -> Pem {
        self.credentials.client("administrator", MASTERS)
    }

    /// A bearer token of an account in the namespace `default`.
    pub fn token(&self, account: &str) -> Result<String, Error> {
        let token = self.kubectl(&["create", "token", account, "--duration=1h"])?;
        Ok(token.trim().to_owned())
    }

    /// Runs kubectl as the administrator, and returns what it printed.
    ///
    /// It runs on the machine of the control plane, so it reaches one whose link is cut as well.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String, Error> {
        let network = format!("--net={}", self.directory.join("network").display());
        let kubectl = self.kubectl.display().to_string();
        let who = format!("--kubeconfig={}", self.credentials.file(&kubeconfig("admin")));
        let cache = format!("--cache-dir={}", self.directory.join("client").display());
        let limited = ["timeout", "--kill-after=1", CLIENT_SECONDS_MAX];
        let own = [&[&network[..]], &limited[..], &[&kubectl[..], &who, &cache], arguments];
        run("nsenter", &own.concat())
    }

    /// Creates an object, or all those of a list.
    pub fn create(&self, object: &Value) -> Result<(), Error> {
        let file = tempfile::NamedTempFile::new_in(&self.directory);
        let io = |source| Error::Io { what: "write an object to create".to_owned(), source };
        let file = file.map_err(io)?;
        fs::write(&file, object.to_string()).map_err(io)?;
        let path = file.path().display().to_string();
        self.kubectl(&["create", "--validate=false", "--filename", &path]).map(drop)
    }

    /// Waits until the condition `Ready` of node `index` is `True`, `False` or `Unknown`.
    pub fn wait_until_node_is(&self, index: usize, ready: &str) -> Result<(), Error> {
        let name = self.nodes[index].as_str();
        let format = r#"--output=jsonpath={.status.conditions[?(@.type=="Ready")].status}"#;
        wait_for(&format!("node {name} is {ready}"), NODE_LIMIT, || {
            match self.kubectl(&["get", "node", name, format]) {
                Ok(answer) if answer == ready => Look::Done(()),
                Ok(answer) => Look::NotYet(answer),
                Err(error) => Look::NotYet(error.to_string()),
            }
        })
        .map_err(|error| self.kwok.explain(error))
    }

    /// Opens a way to its API without TLS and without credentials, for what is to stand between the
    /// two and read along; returns its host and port.
    pub fn open(&self) -> Result<String, Error> {
        let host = format!("{}:{}", self.address, arguments::GATE_PORT);
        if self.gate.exit().is_some() {
            self.gate.spawn()?;
        }
        wait_for("the gate is open", READY_LIMIT, || match TcpStream::connect(&host) {
            Ok(_) => Look::Done(()),
            Err(error) => Look::NotYet(error.to_string()),
        })
        .map_err(|error| self.gate.explain(error))?;
        Ok(host)
    }

    /// Kills the API server.
    pub fn kill(&self) -> Result<(), Error> {
        self.api_server.kill()
    }

    /// Starts the API server again, and waits until it answers.
    pub fn revive(&self) -> Result<(), Error> {
        self.api_server.kill()?;
        self.api_server.spawn()?;
        self.wait_until_ready()
    }

    /// Starts the API server again, with another certificate; returns when it accepts connections,
    /// for nobody may trust it.
    pub fn show(&self, own: &Pem) -> Result<(), Error> {
        self.credentials.wear(own)?;
        self.api_server.kill()?;
        self.api_server.spawn()?;
        wait_for("the API server accepts connections", READY_LIMIT, || {
            match (self.api_server.exit(), TcpStream::connect((self.address, arguments::PORT))) {
                (Some(ended), _) => Look::Never(ended),
                (None, Ok(_)) => Look::Done(()),
                (None, Err(error)) => Look::NotYet(error.to_string()),
            }
        })
        .map_err(|error| self.api_server.explain(error))
    }

    /// Starts the API server again as everybody trusts it, and waits until its nodes are heard.
    pub fn show_as_trusted(&self) -> Result<(), Error> {
        self.credentials.wear(&self.credentials.server())?;
        self.revive()?;
        (0..self.nodes.len()).try_for_each(|index| self.wait_until_node_is(index, "True"))
    }

    /// Stops the API server in its tracks: it accepts connections and never answers.
    pub fn freeze(&self) -> Result<(), Error> {
        self.api_server.freeze()
    }

    /// Lets a frozen API server go on.
    pub fn thaw(&self) -> Result<(), Error> {
        self.api_server.thaw()
    }

    /// Lets nothing be made any more of what is wanted: what is said of it stays as it was.
    pub fn paralyse(&self) -> Result<(), Error> {
        self.controllers.iter().try_for_each(Program::freeze)
    }

    /// Lets it be made again.
    pub fn unparalyse(&self) -> Result<(), Error> {
        self.controllers.iter().try_for_each(Program::thaw)
    }

    /// Takes the link of the control plane down: nobody reaches it.
    pub fn cut(&self) -> Result<(), Error> {
        self.network.set_link(0, "down")
    }

    /// Takes the link of the control plane up again.
    pub fn heal(&self) -> Result<(), Error> {
        self.network.set_link(0, "up")
    }

    /// Lets no node be heard any more, as if their machines had lost their power.
    pub fn silence(&self) -> Result<(), Error> {
        self.kwok.freeze()
    }

    /// Lets the nodes be heard again.
    pub fn unsilence(&self) -> Result<(), Error> {
        self.kwok.thaw()
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
        let programs = [&self.gate, &self.kwok, &self.api_server, &self.etcd];
        for program in self.controllers.iter().chain(programs) {
            result = result.and(program.kill());
        }
        result = result.and(self.network.part());
        result = result.and(remove_directory(&self.directory));
        result.and(self.network.remove())
    }
}

impl Drop for Kubernetes {
    fn drop(&mut self) {
        // Nobody is left to tell; what stays ends with `tests/isolated`.
        let _ = self.remove();
    }
}

/// Says what a control plane lacks here.
pub(super) fn check() -> Result<(), Error> {
    Scope::find()?;
    programs::check()
}

fn remove_directory(directory: &Path) -> Result<(), Error> {
    let io = |source| Error::Io { what: format!("remove {}", directory.display()), source };
    fs::remove_dir_all(directory).map_err(io)
}

fn url_of(address: Ipv4Addr) -> String {
    format!("https://{address}:{}", arguments::PORT)
}

/// From the range that is kept for examples.
fn node_address(index: usize) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, u8::try_from(index + 1).unwrap_or(u8::MAX))
}
