//! Where `.ci/install` keeps what it builds.

use std::env;
use std::path::PathBuf;

/// The place of something built, whether it is there or not.
///
/// # Panics
/// Where neither `XDG_CACHE_HOME` nor `HOME` is set.
#[must_use]
pub fn place(name: &str) -> PathBuf {
    let folder =
        |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
    cache.expect("HOME, where `.ci/install` keeps what it builds").join("berth").join(name)
}
