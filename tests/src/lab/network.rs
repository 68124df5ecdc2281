//! The network of one Swarm: a bridge, and for each engine a namespace joined to it by a veth pair.
//!
//! Namespaces are kept by files they are mounted on, so that an engine may die and come back to the
//! same address. They are entered with `nsenter`, since `ip netns exec` would hide the control
//! groups.

use std::fs::File;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

use super::Error;
use super::process::run;

/// Networks that can exist at once; the number of one is the third byte of its addresses.
const NETWORKS_MAX: u8 = 250;
const BRIDGE_LAST_BYTE: u8 = 254;

/// One bridge and what hangs on it.
#[derive(Debug)]
pub(super) struct Network {
    number: u8,
    links: Vec<Link>,
}

#[derive(Debug)]
struct Link {
    outer: String,
    namespace: PathBuf,
}

impl Network {
    /// Makes a bridge with a number that nobody else holds. Numbers go round, so that what is
    /// looked for after its end is not taken for the next one's.
    pub(super) fn create() -> Result<Self, Error> {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        for _ in 0..NETWORKS_MAX {
            let number = NEXT.fetch_add(1, Ordering::Relaxed) % NETWORKS_MAX + 1;
            let bridge = bridge(number);
            // The kernel lets only one of several at once make a bridge of this name.
            match run("ip", &["link", "add", &bridge, "type", "bridge"]) {
                Err(Error::Command { message, .. }) if message.contains("File exists") => continue,
                created => created?,
            };
            let network = Self { number, links: Vec::new() };
            let address = format!("{}/24", network.address(BRIDGE_LAST_BYTE));
            run("ip", &["address", "add", &address, "dev", &bridge])?;
            run("ip", &["link", "set", &bridge, "up"])?;
            return Ok(network);
        }
        Err(Error::Unavailable(format!("all {NETWORKS_MAX} lab networks are in use")))
    }

    /// The name of the bridge, which no other network of this lab has.
    pub(super) fn name(&self) -> String {
        bridge(self.number)
    }

    fn address(&self, last_byte: u8) -> Ipv4Addr {
        Ipv4Addr::new(10, 213, self.number, last_byte)
    }

    /// Makes the namespace kept by the file `namespace`, joins it, and returns its address.
    pub(super) fn join(&mut self, namespace: &Path) -> Result<Ipv4Addr, Error> {
        let what = || format!("make {}", namespace.display());
        File::create(namespace).map_err(|source| Error::Io { what: what(), source })?;
        let file = namespace.display().to_string();
        let last_byte = u8::try_from(self.links.len() + 1).unwrap_or(BRIDGE_LAST_BYTE);
        let outer = format!("{}e{last_byte}", self.name());
        run("unshare", &[&format!("--net={file}"), "true"])?;
        self.links.push(Link { outer: outer.clone(), namespace: namespace.to_owned() });

        let pair = ["type", "veth", "peer", "name", "eth0", "netns", &file];
        run("ip", &[&["link", "add", &outer], &pair[..]].concat())?;
        run("ip", &["link", "set", &outer, "master", &self.name(), "up"])?;

        let address = self.address(last_byte);
        let inside = |arguments: &[&str]| {
            let enter = format!("--net={file}");
            run("nsenter", &[&[enter.as_str(), "ip"], arguments].concat())
        };
        inside(&["link", "set", "lo", "up"])?;
        inside(&["address", "add", &format!("{address}/24"), "dev", "eth0"])?;
        inside(&["link", "set", "eth0", "up"])?;
        Ok(address)
    }

    /// Takes the link of engine `index` up or down.
    pub(super) fn set_link(&self, index: usize, state: &str) -> Result<(), Error> {
        run("ip", &["link", "set", &self.links[index].outer, state]).map(drop)
    }

    /// Takes the links and the namespaces away again. The engines must be dead by now.
    pub(super) fn part(&mut self) -> Result<(), Error> {
        let mut result = Ok(());
        for link in self.links.drain(..) {
            // A link that was never made, or that went with its other end, is as good as removed.
            let _ = run("ip", &["link", "delete", &link.outer]);
            result = result.and(run("umount", &[link.namespace.display().to_string()]).map(drop));
        }
        result
    }

    /// Takes the bridge away. From then on its name, and all that is called after it, may be
    /// another's, so this comes last.
    pub(super) fn remove(&self) -> Result<(), Error> {
        run("ip", &["link", "delete", &self.name()]).map(drop)
    }
}

fn bridge(number: u8) -> String {
    format!("lab{number}")
}
