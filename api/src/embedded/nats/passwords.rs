//! The users of the private NATS, and their passwords: made once, so that the address that a
//! subscriber was given stays good.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rand::TryRngCore as _;
use rand::rngs::OsRng;

use crate::config::Secret;
use crate::embedded::{Error, directory};

/// Bytes of chance in a password.
const PASSWORD_BYTES: usize = 32;

/// A user of the private NATS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// Publishes the events, and keeps the stream.
    Relay,
    /// Reads the events as hints for the worker.
    Worker,
    /// Reads the events; for other services.
    Subscriber,
}

impl Name {
    /// All users.
    pub const ALL: [Self; 3] = [Self::Relay, Self::Worker, Self::Subscriber];

    /// As it logs in.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Worker => "worker",
            Self::Subscriber => "subscriber",
        }
    }
}

/// The password of each user.
#[derive(Clone)]
pub(super) struct Passwords {
    relay: Secret,
    worker: Secret,
    subscriber: Secret,
}

impl Passwords {
    /// Reads the file; makes it where there is none, or where it is not whole.
    pub(super) fn read_or_make(path: &Path) -> Result<Self, Error> {
        if let Some(passwords) = fs::read_to_string(path).ok().and_then(|text| Self::parse(&text)) {
            return Ok(passwords);
        }
        let made = Self { relay: random()?, worker: random()?, subscriber: random()? };
        let mut text = String::new();
        for name in Name::ALL {
            // Writing to a text cannot fail.
            let _written = writeln!(text, "{} {}", name.as_str(), made.of(name).expose());
        }
        directory::write_private(path, &text, None)?;
        Ok(made)
    }

    pub(super) fn of(&self, name: Name) -> &Secret {
        match name {
            Name::Relay => &self.relay,
            Name::Worker => &self.worker,
            Name::Subscriber => &self.subscriber,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let of = |name: Name| {
            let mut lines = text.lines().filter_map(|line| line.split_once(' '));
            let (_, password) = lines.find(|(user, _)| *user == name.as_str())?;
            (password.len() == 2 * PASSWORD_BYTES).then(|| Secret::from(password.to_owned()))
        };
        Some(Self {
            relay: of(Name::Relay)?,
            worker: of(Name::Worker)?,
            subscriber: of(Name::Subscriber)?,
        })
    }
}

fn random() -> Result<Secret, Error> {
    let mut bytes = [0; PASSWORD_BYTES];
    OsRng.try_fill_bytes(&mut bytes).map_err(Error::Random)?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Secret::from(text))
}
