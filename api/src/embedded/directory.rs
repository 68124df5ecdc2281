//! The folders of a private server: made with the right owner and mode, locked, and reachable.
//!
//! A folder that Berth writes to belongs to Berth; one that a server writes to belongs to the
//! server's user. Root never opens for writing what that user could have replaced by a link.
//!
//! The server's user must be able to walk to its folder. Where it cannot (a checkout below `/root`,
//! which is 0700), no mode of a parent is touched: the server gets a mount namespace of its own, in
//! which the folder is bound to a short path that it can walk to. The same short path holds the
//! socket where the real one would be too long for a socket address.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::os::unix::fs::{PermissionsExt as _, chown, fchown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::unistd::{AccessFlags, access, geteuid};
use sha2::{Digest as _, Sha256};

use super::account::Account;
use super::{Error, program};

/// A socket address holds 107 bytes; what is longer is moved to a short path.
const SOCKET_BYTES_MAX: usize = 100;

/// Where short paths are made: only root may write to the first.
const SHORT_ROOT: &str = "/run";
const SHORT_OTHERS: &str = "/tmp";

/// A folder of a server, seen from both sides.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The folder as Berth sees it: absolute, without links.
    pub(super) outside: PathBuf,
    /// The same folder as the server sees it.
    pub(super) inside: PathBuf,
    /// Short path, the same from both sides. Made only where it is needed.
    short: PathBuf,
}

impl Place {
    /// Finds out how the server's user can reach the folder.
    pub(super) fn of(folder: &Path, account: Option<&Account>) -> Result<Self, Error> {
        let outside = folder
            .canonicalize()
            .map_err(|source| Error::directory("find folder", folder, source))?;
        // A read-only system may have no `/run` to write to.
        let owned = account.is_some() && access(SHORT_ROOT, AccessFlags::W_OK).is_ok();
        let base = if owned { SHORT_ROOT } else { SHORT_OTHERS };
        let digest = Sha256::digest(outside.as_os_str().as_encoded_bytes());
        let name: String = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let short = Path::new(base).join(format!("berth-{name}"));
        let mut place = Self { inside: outside.clone(), outside, short };
        if let Some(account) = account
            && !can_enter(&place.outside, account)?
        {
            if !can_bind()? {
                let user = account.name.clone();
                return Err(Error::Unreachable { folder: place.outside, user });
            }
            place.make_short()?;
            place.inside = place.short.join("bound");
            make(&place.inside, 0o711, None)?;
        }
        Ok(place)
    }

    /// What is bound to where for the server; none where it can walk to the real path.
    pub(super) fn bound(&self) -> Option<(&Path, &Path)> {
        (self.inside != self.outside).then_some((self.outside.as_path(), self.inside.as_path()))
    }

    /// A folder for sockets, with the same short path for both sides. Where that is not in the
    /// server's own folder, a link there says where it is.
    pub(super) fn make_socket_folder(&self, account: Option<&Account>) -> Result<PathBuf, Error> {
        let near = self.outside.join("socket");
        // The longest name that PostgreSQL gives to a socket, and the slash before it.
        let length = near.as_os_str().len() + "/.s.PGSQL.65535".len();
        if self.bound().is_none() && length <= SOCKET_BYTES_MAX {
            if near.is_symlink() {
                fs::remove_file(&near)
                    .map_err(|source| Error::directory("remove link", &near, source))?;
            }
            make(&near, 0o700, account)?;
            return Ok(near);
        }
        self.make_short()?;
        let far = self.short.join("socket");
        make(&far, 0o700, account)?;
        if near.is_symlink() || near.is_file() {
            let _gone = fs::remove_file(&near);
        } else if near.is_dir() {
            let _gone = fs::remove_dir_all(&near);
        }
        symlink(&far, &near).map_err(|source| Error::directory("make link", &near, source))?;
        Ok(far)
    }

    /// Removes the short path, which is worth nothing without a server.
    pub(super) fn remove_short(&self) {
        // It may never have been made; and a namespace that is just ending may still hold it.
        let _left = fs::remove_dir_all(&self.short);
    }

    /// Anyone may write to `/tmp`, so the folder is taken only where nobody else made it.
    fn make_short(&self) -> Result<(), Error> {
        let failed = |source| Error::directory("make folder", &self.short, source);
        match DirBuilder::new().mode(0o711).create(&self.short) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
        let metadata = fs::symlink_metadata(&self.short).map_err(failed)?;
        if !metadata.is_dir() || metadata.uid() != geteuid().as_raw() {
            return Err(Error::Foreign { path: self.short.clone(), owner: metadata.uid() });
        }
        // A mask may have taken away what the server's user needs.
        fs::set_permissions(&self.short, Permissions::from_mode(0o711)).map_err(failed)
    }
}

/// How long a lock is waited for whose holder is dead.
const DEAD_HOLDER_WAIT: Duration = Duration::from_secs(5);
/// How often it is tried.
const DEAD_HOLDER_PAUSE: Duration = Duration::from_millis(10);

/// Holds a folder for as long as it lives; the kernel gives it back when the process dies.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the folder, or says which process has it.
    pub(super) fn take(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("lock");
        let failed = |source| Error::directory("lock folder", folder, source);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        let deadline = Instant::now() + DEAD_HOLDER_WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    let holder = holder(&mut file);
                    // What a dead process was about to start shares its lock until it runs.
                    if Instant::now() > deadline || is_alive(holder) {
                        return Err(Error::InUse { folder: folder.to_path_buf(), holder });
                    }
                    thread::sleep(DEAD_HOLDER_PAUSE);
                }
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// The process that wrote itself down; 0 where that cannot be read.
fn holder(file: &mut File) -> u32 {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    read.ok().and_then(|_| text.trim().parse().ok()).unwrap_or_default()
}

fn is_alive(process: u32) -> bool {
    process != 0 && Path::new("/proc").join(process.to_string()).exists()
}

/// Makes a folder, and its parents, unless it exists. One that exists keeps its mode and owner, so
/// it gets its name only when it has them: a process may be killed between any two lines.
pub(super) fn make(path: &Path, mode: u32, owner: Option<&Account>) -> Result<(), Error> {
    if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(());
    }
    let fresh = path.with_extension("fresh");
    let _leftover = fs::remove_dir(&fresh);
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(&fresh)
        // A mask may have taken away what the server's user needs.
        .and_then(|()| fs::set_permissions(&fresh, Permissions::from_mode(mode)))
        .and_then(|()| match owner {
            Some(owner) => chown(&fresh, Some(owner.uid), Some(owner.gid)),
            None => Ok(()),
        })
        .and_then(|()| fs::rename(&fresh, path))
        .map_err(|source| Error::directory("make folder", path, source))
}

/// Writes a file that only Berth, or only `owner`, can read; whole or not at all.
pub(super) fn write_private(path: &Path, text: &str, owner: Option<&Account>) -> Result<(), Error> {
    let fresh = path.with_extension("new");
    let _leftover = fs::remove_file(&fresh);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            if let Some(owner) = owner {
                fchown(&file, Some(owner.uid), Some(owner.gid))?;
            }
            file.sync_all()
        })
        .and_then(|()| fs::rename(&fresh, path))
        .map_err(|source| Error::directory("write file", path, source))
}

/// Whether a mount namespace can be made: root in a container often may not.
fn can_bind() -> Result<bool, Error> {
    let program = program::find("unshare", "util-linux")?;
    let mut words: Vec<OsString> = vec!["--mount".into(), "--propagation".into(), "slave".into()];
    words.push(program::find("true", "coreutils")?.into());
    succeeds("unshare", Command::new(program).args(words))
}

/// Asks the system itself, since modes are not all that decides (ACLs, read-only mounts).
fn can_enter(folder: &Path, account: &Account) -> Result<bool, Error> {
    let mut command = Command::new(program::find("setpriv", "util-linux")?);
    command
        .args(["--reuid", &account.uid.to_string(), "--regid", &account.gid.to_string()])
        .arg("--init-groups")
        .arg(program::find("test", "coreutils")?)
        .arg("-x")
        .arg(folder);
    succeeds("setpriv", &mut command)
}

fn succeeds(program: &'static str, command: &mut Command) -> Result<bool, Error> {
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|source| Error::Start { program, source })?;
    Ok(status.success())
}
