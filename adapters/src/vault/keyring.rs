//! The master keys of the vault: a file with one key a line, the newest last.
//!
//! ```text
//! # name, and 32 bytes in base64
//! k-7c9e6679f3a1 <44 characters>
//! ```
//!
//! The newest key wraps; the others only unwrap what was wrapped before. A file that Berth made
//! belongs to its user alone. One that others could read is refused: it opens everything.

use super::seal::{Key, NotSealed, random_key};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    collections::BTreeMap,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};
use zeroize::Zeroizing;

/// The longest key file, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// The longest name of a key, in characters.
const NAME_CHARACTERS_MAX: usize = 64;
/// What nobody but owner and group may do with the file.
const OTHERS: u32 = 0o007;

/// The keys of one file.
pub struct Keyring {
    file: PathBuf,
    keys: RwLock<Keys>,
}

#[derive(Clone, Default)]
struct Keys {
    by_name: BTreeMap<String, Arc<Key>>,
    newest: String,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read, made or changed.
    #[error("could not {tried} the key file of the vault, {}", file.display())]
    File {
        /// Bare verb phrase.
        tried: &'static str,
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Anybody on the machine could open the vault.
    #[error(
        "{} may be used by everybody on this machine; take that away (chmod o-rwx, in Kubernetes \
         defaultMode: 0440)",
        .0.display()
    )]
    Exposed(PathBuf),
    /// A line that is no key. The text is left out, since it may be one.
    #[error(
        "{}, line {line}, is no key: a name of A-Z, a-z, 0-9, `-` and `_`, a space, and 32 bytes \
         in base64; `berth vault new-key` prints one",
        file.display()
    )]
    Malformed {
        /// Which file.
        file: PathBuf,
        /// Which line.
        line: usize,
    },
    /// Two keys of one name.
    #[error("{}, line {line}: another key has this name", file.display())]
    Twice {
        /// Which file.
        file: PathBuf,
        /// Which line.
        line: usize,
    },
    /// Nothing but comments.
    #[error("{} has no key; `berth vault new-key` prints one", .0.display())]
    Empty(PathBuf),
    /// No new key.
    #[error("could not make a key")]
    Random(#[from] Unmade),
}

/// Why a key could not be made.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Unmade(#[from] NotSealed);

impl Keyring {
    /// Reads a file.
    ///
    /// # Errors
    /// See `Error`.
    pub fn load(file: &Path) -> Result<Self, Error> {
        let keys = read(file)?;
        Ok(Self { file: file.to_owned(), keys: RwLock::new(keys) })
    }

    /// Reads a file, which is made with one key if it is not there.
    ///
    /// # Errors
    /// See `Error`.
    pub fn load_or_make(file: &Path) -> Result<Self, Error> {
        if !fs::exists(file).map_err(failed("look for", file))? {
            let made = write(file, &new_line()?, |from, to| fs::hard_link(from, to));
            // Another process may have made it meanwhile; then that one counts.
            match made {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => made.map_err(failed("make", file))?,
            }
        }
        Self::load(file)
    }

    /// Adds a new key behind the others, which wraps from then on.
    ///
    /// # Errors
    /// See `Error`; then the file is as it was.
    pub fn add(&self) -> Result<(), Error> {
        let text = fs::read_to_string(&self.file).map_err(failed("read", &self.file))?;
        let mut text = Zeroizing::new(text);
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&new_line()?);
        write(&self.file, &text, |from, to| fs::rename(from, to))
            .map_err(failed("change", &self.file))?;
        self.reload()
    }

    /// Where the keys are.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Reads the file again.
    ///
    /// # Errors
    /// See `Error`; then the keys are as they were.
    pub(super) fn reload(&self) -> Result<(), Error> {
        let keys = read(&self.file)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// The key that wraps, with its name.
    pub(super) fn newest(&self) -> (String, Arc<Key>) {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        (keys.newest.clone(), Arc::clone(&keys.by_name[&keys.newest]))
    }

    /// A key by its name. The file is read again for one that is not known: it may have been
    /// rotated by another process.
    pub(super) fn find(&self, name: &str) -> Result<Option<Arc<Key>>, Error> {
        if let Some(key) = self.known(name) {
            return Ok(Some(key));
        }
        self.reload()?;
        Ok(self.known(name))
    }

    fn known(&self, name: &str) -> Option<Arc<Key>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.by_name.get(name).cloned()
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keyring({})", self.file.display())
    }
}

/// A new key as a line of a key file.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn new_line() -> Result<Zeroizing<String>, Unmade> {
    let key = random_key()?;
    let name: String = random_key()?[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    let text = Zeroizing::new(STANDARD.encode(&key[..]));
    Ok(Zeroizing::new(format!("k-{name} {}\n", *text)))
}

fn failed<'a>(tried: &'static str, file: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| Error::File { tried, file: file.to_owned(), source }
}

/// Writes beside the file first, so that it is never seen half-written.
fn write(
    file: &Path,
    text: &str,
    place: impl FnOnce(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let beside = file.with_extension(format!("new-{}", std::process::id()));
    drop(fs::remove_file(&beside));
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    let written = new
        .write_all(text.as_bytes())
        .and_then(|()| new.sync_all())
        .and_then(|()| place(&beside, file))
        .and_then(|()| File::open(folder)?.sync_all());
    drop(fs::remove_file(&beside));
    written
}

fn read(file: &Path) -> Result<Keys, Error> {
    let about = fs::metadata(file).map_err(failed("read", file))?;
    if about.mode() & OTHERS != 0 {
        return Err(Error::Exposed(file.to_owned()));
    }
    if about.len() > FILE_BYTES_MAX {
        return Err(Error::Malformed { file: file.to_owned(), line: 1 });
    }
    let text = Zeroizing::new(fs::read_to_string(file).map_err(failed("read", file))?);
    let mut keys = Keys::default();
    for (line, text) in (1..).zip(text.lines().map(str::trim)) {
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let malformed = || Error::Malformed { file: file.to_owned(), line };
        let (name, key) = parse(text).ok_or_else(malformed)?;
        keys.newest = name.to_owned();
        if keys.by_name.insert(name.to_owned(), Arc::new(key)).is_some() {
            return Err(Error::Twice { file: file.to_owned(), line });
        }
    }
    if keys.by_name.is_empty() {
        return Err(Error::Empty(file.to_owned()));
    }
    Ok(keys)
}

fn parse(line: &str) -> Option<(&str, Key)> {
    let (name, text) = line.split_once(char::is_whitespace)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if name.len() > NAME_CHARACTERS_MAX || !name.bytes().all(plain) {
        return None;
    }
    let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
    let mut key = Key::default();
    if bytes.len() != key.len() {
        return None;
    }
    key.copy_from_slice(&bytes);
    Some((name, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("below/vault-key");
        (folder, file)
    }

    #[test]
    fn a_key_is_made_once_and_belongs_to_its_user_alone() {
        let (_folder, file) = place();
        let made = Keyring::load_or_make(&file).unwrap().newest();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let found = Keyring::load_or_make(&file).unwrap().newest();
        assert_eq!(made, found);
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_key_wraps_and_the_old_one_stays() {
        let (_folder, file) = place();
        let keyring = Keyring::load_or_make(&file).unwrap();
        let other = Keyring::load(&file).unwrap();
        let old = keyring.newest();
        keyring.add().unwrap();
        let new = keyring.newest();
        assert_ne!(old.0, new.0);
        assert_eq!(keyring.find(&old.0).unwrap(), Some(old.1));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        // Another process finds it without a restart.
        assert_eq!(other.find(&new.0).unwrap(), Some(new.1));
        assert_eq!(other.find("k-nobody").unwrap(), None);
    }

    #[test]
    fn a_file_that_everybody_may_use_is_refused() {
        let (_folder, file) = place();
        Keyring::load_or_make(&file).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o604)).unwrap();
        assert!(matches!(Keyring::load(&file), Err(Error::Exposed(_))));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
        assert!(Keyring::load(&file).is_ok());
    }

    #[test]
    fn a_line_that_is_no_key_is_named_and_not_shown() {
        let (_folder, file) = place();
        Keyring::load_or_make(&file).unwrap();
        let short = STANDARD.encode(&random_key().unwrap()[..31]);
        let long = STANDARD.encode([&random_key().unwrap()[..], b"x"].concat());
        for line in [short.as_str(), &format!("a {short}"), &format!("a {long}"), "a", "a ü"] {
            fs::write(&file, format!("# a comment\n\n{line}\n")).unwrap();
            let error = Keyring::load(&file).unwrap_err();
            assert!(matches!(error, Error::Malformed { line: 3, .. }), "{error:?}");
            assert!(!format!("{error} {error:?}").contains(&short));
        }
        let line = new_line().unwrap();
        fs::write(&file, format!("{}{}", *line, *line)).unwrap();
        assert!(matches!(Keyring::load(&file), Err(Error::Twice { line: 2, .. })));
        fs::write(&file, "# nothing\n").unwrap();
        assert!(matches!(Keyring::load(&file), Err(Error::Empty(_))));
        fs::remove_file(&file).unwrap();
        assert!(matches!(Keyring::load(&file), Err(Error::File { tried: "read", .. })));
    }
}
