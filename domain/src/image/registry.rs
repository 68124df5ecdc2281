//! Where images are pulled from: a host and perhaps a port, as a reference names it.

use super::reference::{self, Reference};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A registry in lower case. `index.docker.io`, as Docker Hub was called before, is `docker.io`.
///
/// Deserialization does not check: a recorded registry was accepted once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Registry(String);

/// Why a text is no registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing there.
    #[error("must not be empty")]
    Empty,
    /// No reference could name it.
    #[error("must have at most {most} characters")]
    TooLong {
        /// The bound.
        most: usize,
    },
    /// Something else than a host and a port.
    #[error(
        "must be a host, with a port if needed, and neither scheme nor path: \
        `registry.example:5000`; that of references without a registry is `docker.io`"
    )]
    Host,
    /// In a reference it would be the first part of a repository.
    #[error(
        "must have a dot or a port, or be `localhost`: a reference that begins with a bare word \
        means a repository on `docker.io`"
    )]
    Bare,
}

impl Registry {
    /// The longest registry, in characters: a reference needs room for a repository behind it.
    pub const CHARACTERS_MAX: usize = Reference::NAME_CHARACTERS_MAX - 2;

    /// Checks a registry.
    ///
    /// # Errors
    /// Names the first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Err(Error::Empty);
        }
        if text.len() > Self::CHARACTERS_MAX {
            return Err(Error::TooLong { most: Self::CHARACTERS_MAX });
        }
        let text = text.to_ascii_lowercase();
        if !reference::is_registry(&text) {
            return Err(Error::Host);
        }
        if !reference::is_told_apart(&text) {
            return Err(Error::Bare);
        }
        Ok(Self(reference::today(&text).to_owned()))
    }

    /// The registry in its one form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<String, Error> {
        Registry::parse(text).map(|registry| registry.to_string())
    }

    #[test]
    fn a_registry_is_a_host_and_perhaps_a_port() {
        for text in [
            "registry.example",
            "registry.example:5000",
            "localhost",
            "nas:80",
            "10.0.0.7",
            "[::1]:5",
        ] {
            assert_eq!(parsed(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn the_same_registry_has_one_form() {
        assert_eq!(parsed("Registry.Example:5000").as_deref(), Ok("registry.example:5000"));
        for text in ["docker.io", "index.docker.io", "Index.Docker.IO"] {
            assert_eq!(parsed(text).as_deref(), Ok("docker.io"));
        }
    }

    #[test]
    fn it_is_what_references_name() {
        for text in ["nginx", "index.docker.io/team/app", "localhost:5000/app:1", "A.example/app"] {
            let reference = Reference::parse(text).unwrap();
            let named = parsed(reference.registry()).unwrap();
            assert!(reference.key().starts_with(&format!("{named}/")), "{text}: {named}");
        }
    }

    #[test]
    fn what_no_reference_names_is_refused() {
        assert_eq!(parsed(""), Err(Error::Empty));
        let long = format!("{}.a", "a".repeat(Registry::CHARACTERS_MAX - 2));
        assert_eq!(parsed(&long).as_deref(), Ok(long.as_str()));
        let most = Registry::CHARACTERS_MAX;
        assert_eq!(parsed(&format!("a{long}")), Err(Error::TooLong { most }));
        for text in [
            "https://registry.example",
            "registry.example/",
            "registry.example/v2",
            "user@registry.example",
            "registry.example:",
            "registry.example:0",
            "registry.example:65536",
            "registry..example",
            "-a.example",
            "regi stry.example",
            "registry.example\n",
            "räger.example",
            "[::1",
            "[1.2.3.4]",
        ] {
            assert_eq!(parsed(text), Err(Error::Host), "{text:?}");
        }
        for text in ["nginx", "registry", "LOCALHOSTS"] {
            assert_eq!(parsed(text), Err(Error::Bare), "{text:?}");
        }
        assert_eq!(parsed("LOCALHOST").as_deref(), Ok("localhost"));
    }
}
