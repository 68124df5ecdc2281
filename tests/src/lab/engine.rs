//! One Docker engine as if on a machine of its own.
//!
//! It has a network, mount, host name, IPC and process namespace. The last one makes a kill real:
//! with its first process, `dockerd`, die `containerd`, the shims and the containers, as when the
//! power fails. What a reboot would keep (the data, the address) stays, what it would not (the
//! sockets, the state of running containers) is removed when the engine is revived.

use std::fs::{self, OpenOptions};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::unistd::Pid;

use super::Error;
use super::process::{Look, first_inside, run, signal, spawn, stands_still, wait_for};
use super::program::log_tail;
use super::scope::Scope;
use crate::harness::certificate::Pem;

/// Plain HTTP, which is safe only because nothing outside the lab can reach it.
const PLAIN_PORT: u16 = 2375;
/// Where it wants a certificate of whoever comes.
/// A label of each engine, whose value is its own name.
pub const LABEL: &str = "machine";
const SECURED_PORT: u16 = 2376;
const DEATH_LIMIT: Duration = Duration::from_secs(10);
const FREEZE_LIMIT: Duration = Duration::from_secs(10);
const READY_LIMIT: Duration = Duration::from_secs(30);
/// How long one call of the Docker client may take; a frozen engine would keep it for ever.
const CLIENT_SECONDS_MAX: &str = "60";

/// Names the machine, then becomes the engine.
const BECOME: &str = r#"echo "$1" > /proc/sys/kernel/hostname; shift; exec "$@""#;

/// A Docker engine of a lab.
#[derive(Debug)]
pub struct Engine {
    /// Its address on the bridge.
    pub address: Ipv4Addr,
    /// The name of its machine, which is also that of its node.
    pub hostname: String,
    /// The id that its Swarm gave it; empty while it belongs to none.
    pub node_id: String,
    directory: PathBuf,
    cgroup: String,
    /// What it shows, and whom it admits; without, it admits everybody.
    secured: Option<Secured>,
    scope: Scope,
    process: Mutex<Option<Child>>,
}

/// How an engine speaks TLS.
#[derive(Debug)]
pub(super) struct Secured {
    /// PEM of the authority whose clients it admits.
    pub(super) authority: String,
    /// What it shows.
    pub(super) own: Pem,
}

impl Engine {
    pub(super) fn new(
        scope: Scope,
        directory: &Path,
        cgroup: String,
        hostname: String,
        secured: Option<Secured>,
    ) -> Self {
        Self {
            secured,
            address: Ipv4Addr::UNSPECIFIED,
            hostname,
            node_id: String::new(),
            directory: directory.to_owned(),
            cgroup,
            scope,
            process: Mutex::new(None),
        }
    }

    /// The address of its API.
    pub fn url(&self) -> String {
        match &self.secured {
            Some(_) => format!("https://{}:{SECURED_PORT}", self.address),
            None => format!("http://{}:{PLAIN_PORT}", self.address),
        }
    }

    /// Where it speaks plain HTTP with whoever is on this machine.
    pub fn socket(&self) -> PathBuf {
        self.directory.join("run/docker.sock")
    }

    /// The file that keeps its network namespace.
    pub(super) fn namespace(&self) -> PathBuf {
        self.directory.join("network")
    }

    fn path(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the engine; [`Engine::wait_until_ready`] waits for it.
    pub(super) fn spawn(&self) -> Result<(), Error> {
        let io = |source| Error::Io { what: format!("prepare engine {}", self.hostname), source };
        let run_directory = self.directory.join("run");
        if run_directory.exists() {
            fs::remove_dir_all(&run_directory).map_err(io)?;
        }
        fs::create_dir_all(&run_directory).map_err(io)?;
        // Without a file of its own it would read that of the machine.
        fs::write(self.directory.join("daemon.json"), "{}").map_err(io)?;
        if let Some(secured) = &self.secured {
            let Pem { key, certificate } = &secured.own;
            for (name, text) in [("ca", &secured.authority), ("cert", certificate), ("key", key)] {
                fs::write(self.path(&format!("{name}.pem")), text).map_err(io)?;
            }
        }
        let log =
            OpenOptions::new().create(true).append(true).open(self.path("log")).map_err(io)?;

        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "nsenter"])
            .arg(format!("--net={}", self.namespace().display()))
            // A mount point taken away outside must go here too, or it would keep its namespace.
            .args(["unshare", "--mount", "--propagation", "slave", "--uts", "--ipc", "--pid"])
            .args(["--fork", "--kill-child=KILL", "--mount-proc"])
            .args(["sh", "-c", BECOME, "sh", &self.hostname, "dockerd"])
            .args(self.arguments())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(std::process::Stdio::null())
            .stderr(log.try_clone().map_err(io)?)
            .stdout(log);
        *self.process() = Some(spawn(command)?);
        Ok(())
    }

    fn arguments(&self) -> Vec<String> {
        let option = |name: &str, value: &str| format!("--{name}={value}");
        let mut arguments = vec![
            option("config-file", &self.path("daemon.json")),
            option("data-root", &self.path("data")),
            option("exec-root", &self.path("run")),
            option("pidfile", &self.path("run/dockerd.pid")),
            option("host", &format!("unix://{}", self.path("run/docker.sock"))),
            option("storage-driver", "overlay2"),
            option("exec-opt", "native.cgroupdriver=cgroupfs"),
            option("cgroup-parent", &format!("/{}/{}", self.scope.cgroup, self.cgroup)),
            // No networks of Docker's making, so that nothing is asked of the kernel's firewall.
            option("bridge", "none"),
            option("iptables", "false"),
            option("ip6tables", "false"),
            option("ip-forward", "false"),
            option("ip-masq", "false"),
            option("userland-proxy", "false"),
            option("label", &format!("{LABEL}={}", self.hostname)),
        ];
        let tcp = |port: u16| option("host", &format!("tcp://{}:{port}", self.address));
        match &self.secured {
            Some(_) => arguments.extend([
                tcp(SECURED_PORT),
                "--tlsverify".to_owned(),
                option("tlscacert", &self.path("ca.pem")),
                option("tlscert", &self.path("cert.pem")),
                option("tlskey", &self.path("key.pem")),
            ]),
            // Said aloud, or the engine waits 15 seconds before it serves plain HTTP.
            None => arguments.extend([tcp(PLAIN_PORT), option("tls", "false")]),
        }
        arguments
    }

    /// From its next start on, it shows another certificate.
    pub(super) fn show(&mut self, own: Pem) {
        if let Some(secured) = &mut self.secured {
            secured.own = own;
        }
    }

    /// Waits until the engine answers.
    pub(super) fn wait_until_ready(&self) -> Result<(), Error> {
        let question = ["version", "--format", "{{.Server.Version}}"];
        wait_for(&format!("engine {} answers", self.hostname), READY_LIMIT, || {
            match (self.exit(), self.docker(&question)) {
                (Some(status), _) => Look::Never(format!("the engine has ended: {status}")),
                (None, Ok(_)) => Look::Done(()),
                (None, Err(error)) => Look::NotYet(error.to_string()),
            }
        })
        .map_err(|error| self.explain(error))
    }

    /// Adds the end of the engine's log to an error.
    pub(super) fn explain(&self, error: Error) -> Error {
        Error::Engine { source: Box::new(error), log: self.log_tail() }
    }

    fn exit(&self) -> Option<String> {
        match self.process().as_mut().map(Child::try_wait) {
            None => Some("it was killed".to_owned()),
            Some(Ok(None)) => None,
            Some(Ok(Some(status))) => Some(status.to_string()),
            Some(Err(error)) => Some(error.to_string()),
        }
    }

    /// Kills the engine and all its containers, and returns when the last of them is gone.
    pub(super) fn kill(&self) -> Result<(), Error> {
        let mut slot = self.process();
        let Some(process) = slot.as_mut() else { return Ok(()) };
        let io = |source| Error::Io { what: format!("kill engine {}", self.hostname), source };
        // `unshare` returns when the kernel has ended everything that depended on the first process
        // inside. Killed itself, it would not wait for that.
        match first_inside(process) {
            Some(first) => signal(Signal::SIGKILL, first)?,
            None => process.kill().map_err(io)?,
        }
        let what = format!("engine {} dies", self.hostname);
        wait_for(&what, DEATH_LIMIT, || match process.try_wait() {
            Ok(Some(_)) => Look::Done(()),
            Ok(None) => Look::NotYet("it is still there".to_owned()),
            Err(error) => Look::Never(error.to_string()),
        })?;
        *slot = None;
        let what = format!("the control groups of engine {} are empty", self.hostname);
        wait_for(&what, DEATH_LIMIT, || match self.scope.remove_cgroup(&self.cgroup) {
            true => Look::Done(()),
            false => Look::NotYet("some are busy".to_owned()),
        })
    }

    /// Stops the engine itself, but none of its containers. Its last thread may run on for a moment
    /// after the signal, and would answer.
    pub(super) fn freeze(&self) -> Result<(), Error> {
        let first = self.first()?;
        signal(Signal::SIGSTOP, first)?;
        let what = format!("engine {} stands still", self.hostname);
        wait_for(&what, FREEZE_LIMIT, || match stands_still(first) {
            true => Look::Done(()),
            false => Look::NotYet("a thread still runs".to_owned()),
        })
    }

    /// Lets it go on.
    pub(super) fn thaw(&self) -> Result<(), Error> {
        signal(Signal::SIGCONT, self.first()?)
    }

    fn first(&self) -> Result<Pid, Error> {
        let first = self.process().as_ref().and_then(first_inside);
        first.ok_or_else(|| Error::Unavailable(format!("engine {} is dead", self.hostname)))
    }

    /// Runs the Docker client and returns what it printed.
    ///
    /// It speaks by the Unix socket, so it reaches an engine whose link is cut as well.
    pub(super) fn docker(&self, arguments: &[&str]) -> Result<String, Error> {
        let socket = format!("unix://{}", self.path("run/docker.sock"));
        let client = self.scope.client.display().to_string();
        // A configuration of its own, so that no context or credential of the caller is used.
        let configuration = self.path("client");
        let own = ["--kill-after=1", CLIENT_SECONDS_MAX, &client];
        let own = [&own[..], &["--config", &configuration, "--host", &socket]].concat();
        run("timeout", &[&own, arguments].concat())
    }

    /// The end of what the engine has logged.
    pub fn log_tail(&self) -> String {
        log_tail(&self.directory.join("log"))
    }
}
