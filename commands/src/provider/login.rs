//! Who pulls images from a registry: a user and a password, which the vault keeps as one value.
//!
//! The user is kept there too, since it is often the name or the address of a person, and those
//! are not for a log that nobody can take anything out of.

use crate::ports::vault::Secret;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use std::str;

/// A user and a password, as the vault keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login(Secret);

/// The form of the value in the vault, which can only grow: old values are read for ever.
#[derive(Serialize)]
struct Written<'a> {
    password: &'a str,
    username: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    #[serde(rename = "password")]
    _password: IgnoredAny,
    username: String,
}

impl Login {
    /// A login; none where the password is no text.
    #[must_use]
    pub fn new(username: &str, password: &Secret) -> Option<Self> {
        let password = str::from_utf8(password.expose()).ok()?;
        // Room for every byte escaped, so that no part of it stays behind in a smaller buffer.
        let room = 6 * (username.len() + password.len()) + 64;
        let mut value = Vec::with_capacity(room);
        serde_json::to_writer(&mut value, &Written { password, username }).ok()?;
        Some(Self(Secret::new(value)))
    }

    /// A login from the vault; none where the value is something else.
    #[must_use]
    pub fn of(value: Secret) -> Option<Self> {
        let login = Self(value);
        login.username().is_some().then_some(login)
    }

    /// Its value for the vault.
    #[must_use]
    pub fn value(&self) -> &Secret {
        &self.0
    }

    /// Whose password it is.
    #[must_use]
    pub fn username(&self) -> Option<String> {
        let read: Read = serde_json::from_slice(self.0.expose()).ok()?;
        Some(read.username)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_reads_back_whatever_is_in_it() {
        for username in ["robot", "robin@example", "ü\"\\"] {
            let password = Secret::from(format!("\u{1}\n{{\"{:032x}", rand::random::<u128>()));
            let login = Login::new(username, &password).unwrap();
            assert_eq!(login.username().as_deref(), Some(username));
            assert_eq!(Login::of(login.value().clone()), Some(login.clone()));
            let text = format!("{login:?}");
            assert!(!text.contains(username) && text.contains("[hidden]"), "{text}");
        }
    }

    #[test]
    fn something_else_is_no_login() {
        for value in ["", "{}", "null", "[]", r#"{"username":"robot"}"#] {
            assert_eq!(Login::of(Secret::from(value.to_owned())), None, "{value}");
        }
        assert_eq!(Login::new("robot", &Secret::new(vec![0xff])), None);
    }
}
