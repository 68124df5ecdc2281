//! How one program is started: as whom, where, and tied to the life of Berth.
//!
//! `setpriv` drops root and asks the kernel to interrupt the program when the thread that started
//! it ends, so a Berth that was killed leaves no server behind. It needs no unsafe code of ours. A
//! Berth that dies before that request was made is no parent any more when it is; so the program is
//! begun only if its parent is still there then.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::account::Account;
use super::directory::Place;
use super::{Error, logs, program};

/// How much of the log is shown where a server did not start.
const TAIL_BYTES_MAX: u64 = 2_000;

/// Binds $1 to $2 in a namespace of its own, goes to $3 and becomes the rest of the line.
const BIND: &str = r#"mount --bind -- "$1" "$2" && cd -- "$3" && shift 3 && exec "$@""#;

/// Becomes the rest of the line, if its parent is still $1.
const WITH_PARENT: &str = r#"[ "$PPID" = "$1" ] && shift && exec "$@""#;

/// Everything about a program that stays the same from start to start, but for its arguments.
#[derive(Clone, Debug)]
pub(super) struct Launch {
    /// Its name for people.
    pub(super) name: &'static str,
    /// Its path.
    pub(super) program: PathBuf,
    /// Its folder.
    pub(super) place: Place,
    /// Where in its folder it works.
    pub(super) within: &'static str,
    /// Who it runs as; none: as Berth.
    pub(super) account: Option<Account>,
}

impl Launch {
    /// The command that starts the program, with its output appended to its log.
    pub(super) fn command(&self, arguments: &[OsString]) -> Result<Command, Error> {
        let inside = self.place.inside.join(self.within);
        let mut words: Vec<OsString> = Vec::new();
        if let Some((from, onto)) = self.place.bound() {
            let unshare = program::find("unshare", "util-linux")?;
            // With `slave`, a file system that is unmounted outside is not kept busy in here.
            words.extend([unshare.into(), "--mount".into(), "--propagation".into()]);
            words.extend(["slave".into(), "/bin/sh".into(), "-c".into(), BIND.into()]);
            words.extend(["sh".into(), from.into(), onto.into(), inside.clone().into()]);
        }
        words.push(program::find("setpriv", "util-linux")?.into());
        words.extend(["--pdeathsig".into(), "SIGINT".into(), "--no-new-privs".into()]);
        if let Some(account) = &self.account {
            words.extend(["--reuid".into(), account.uid.to_string().into()]);
            words.extend(["--regid".into(), account.gid.to_string().into()]);
            words.push("--init-groups".into());
        }
        words.extend(["/bin/sh".into(), "-c".into(), WITH_PARENT.into(), "sh".into()]);
        words.push(std::process::id().to_string().into());
        words.push(self.program.clone().into());
        words.extend_from_slice(arguments);

        let log = self.open_log()?;
        let errors = log.try_clone().map_err(|source| self.failed(source))?;
        let mut words = words.into_iter();
        let mut command = Command::new(words.next().unwrap_or_default());
        command
            .args(words)
            // What Berth was told in its environment is not for its children.
            .env_clear()
            .env("LC_ALL", "C")
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .current_dir(self.place.outside.join(self.within))
            // Ctrl-C in the terminal is for Berth, which stops its children in good order.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors);
        Ok(command)
    }

    /// Runs a program that ends by itself, with `input` to read.
    pub(super) fn run(&self, arguments: &[OsString], input: &str) -> Result<(), Error> {
        let mut child = self
            .command(arguments)?
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|source| self.failed(source))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not read to the end says why by its status.
            let _closed = stdin.write_all(input.as_bytes());
        }
        let status = child.wait().map_err(|source| self.failed(source))?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Ended { name: self.name, how: status.to_string(), log: tail(&self.place) })
    }

    /// The same, as another program.
    pub(super) fn with_program(&self, name: &'static str, program: PathBuf) -> Self {
        Self { name, program, within: "", ..self.clone() }
    }

    fn open_log(&self) -> Result<fs::File, Error> {
        let path = log_path(&self.place);
        // A log that stays too long is no reason not to start.
        let _emptied = logs::put_aside(&path);
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)
            .map_err(|source| Error::directory("open log", &path, source))
    }

    fn failed(&self, source: std::io::Error) -> Error {
        Error::Start { program: self.name, source }
    }
}

/// The end of what the programs in this place have said.
pub(super) fn tail(place: &Place) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut file) = fs::File::open(log_path(place)) {
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let _start = file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES_MAX)));
        let _read = file.take(TAIL_BYTES_MAX).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Where they say it.
pub(super) fn log_path(place: &Place) -> PathBuf {
    place.outside.join("server.log")
}
