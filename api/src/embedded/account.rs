//! Who the private servers run as.
//!
//! PostgreSQL refuses to run as root, and rightly so. Where Berth itself is root, each server runs
//! as an unprivileged user of the system; otherwise as whoever runs Berth.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix::unistd::{Uid, User, geteuid};

use super::Error;

/// A user of the system that a server runs as instead of root.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl From<User> for Account {
    fn from(user: User) -> Self {
        Self { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw() }
    }
}

/// Chooses the user for a server whose files are in `data`; none where Berth is not root.
///
/// Files that exist decide: they go on under the user who made them, also where Berth was started
/// without root first. Else it is the first of `names` that this system knows.
pub(super) fn choose(data: &Path, names: &[&str]) -> Result<Option<Account>, Error> {
    let owner = data.metadata().ok().map(|metadata| Uid::from_raw(metadata.uid()));
    let me = geteuid();
    if !me.is_root() {
        return match owner {
            Some(owner) if owner != me => {
                Err(Error::Foreign { path: data.to_path_buf(), owner: owner.as_raw() })
            }
            _ => Ok(None),
        };
    }
    if let Some(owner) = owner.filter(|owner| !owner.is_root()) {
        return match User::from_uid(owner) {
            Ok(Some(user)) => Ok(Some(user.into())),
            _ => Err(Error::Foreign { path: data.to_path_buf(), owner: owner.as_raw() }),
        };
    }
    let known = names.iter().find_map(|name| User::from_name(name).ok().flatten());
    known.map(|user| Some(user.into())).ok_or_else(|| Error::NoAccount { names: names.join(", ") })
}

/// The name of the user who runs Berth.
pub(super) fn own_name() -> Result<String, Error> {
    match User::from_uid(geteuid()) {
        Ok(Some(user)) => Ok(user.name),
        _ => Err(Error::Nameless { uid: geteuid().as_raw() }),
    }
}
