//! Where a lab may live: inside `tests/isolated`, and nowhere else.
//!
//! Engines, bridges and namespaces are made with the rights of root. The wrapper guarantees that
//! they cannot reach an interface of the machine and cannot stay behind, so without it there is no
//! lab at all.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::Error;

const PROGRAMS: [&str; 9] =
    ["dockerd", "containerd", "runc", "ip", "nsenter", "unshare", "setpriv", "tar", "timeout"];

/// Static, so that it is the whole of an image.
pub(super) const BUSYBOX: &str = "/bin/busybox";

/// Debian's client first, since it speaks the API of Debian's engine.
const CLIENTS: [&str; 2] = ["/usr/bin/docker", "/usr/local/bin/docker"];

/// The place that `tests/isolated` has prepared.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// An empty file system in memory, which vanishes with the last process.
    pub directory: PathBuf,
    /// The control group that the wrapper removes, without a slash.
    pub cgroup: String,
    /// The Docker client.
    pub client: PathBuf,
}

impl Scope {
    /// Finds the place, or says what is missing and how to cure it.
    pub(super) fn find() -> Result<Self, Error> {
        let variable = |name| env::var(name).map_err(|_| outside());
        let directory = PathBuf::from(variable("BERTH_TEST_LAB_DIRECTORY")?);
        let cgroup = variable("BERTH_TEST_LAB_CGROUP")?;
        if !is_mounted(&directory) || has_uplink() {
            return Err(outside());
        }
        for program in PROGRAMS {
            if !on_path(program) {
                return Err(missing(program));
            }
        }
        let client = CLIENTS.map(PathBuf::from).into_iter().find(|client| client.exists());
        let client = client.ok_or_else(|| missing("docker"))?;
        if !Path::new(BUSYBOX).exists() {
            return Err(missing(BUSYBOX));
        }
        Ok(Self { directory, cgroup, client })
    }

    /// Removes a control group of ours from every hierarchy, innermost first.
    ///
    /// A group stays busy for a moment after its last process died, so the caller may have to ask
    /// again; what is left in the end is removed by the wrapper.
    pub(super) fn remove_cgroup(&self, name: &str) -> bool {
        let root = Path::new("/sys/fs/cgroup");
        let below = fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut gone = true;
        for hierarchy in below.chain([root.to_owned()]) {
            let group = hierarchy.join(&self.cgroup).join(name);
            remove_group(&group);
            gone &= !group.exists();
        }
        gone
    }
}

fn remove_group(group: &Path) {
    let entries = fs::read_dir(group).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        remove_group(&entry.path());
    }
    // It may be busy, or belong to another hierarchy: both show in whether it is still there.
    let _ = fs::remove_dir(group);
}

fn outside() -> Error {
    Error::Unavailable(
        "real engines run only inside tests/isolated; cure: tests/isolated COMMAND, as root"
            .to_owned(),
    )
}

fn missing(program: &str) -> Error {
    Error::Unavailable(format!("`{program}` is missing; cure: .ci/install, as root"))
}

fn on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

fn is_mounted(directory: &Path) -> bool {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    mounts.lines().any(|line| line.split(' ').nth(4).map(Path::new) == Some(directory))
}

fn has_uplink() -> bool {
    let routes = fs::read_to_string("/proc/net/route").unwrap_or_default();
    routes.lines().any(|line| line.split_whitespace().nth(1) == Some("00000000"))
}
