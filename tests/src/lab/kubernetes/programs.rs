//! Where the programs of a control plane are: where `KUBEBUILDER_ASSETS` says, else where
//! `.ci/install kubernetes` has put what it built.

use std::env;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::harness::cache;
use crate::lab::Error;

const NAMES: [&str; 6] =
    ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok"];
/// What the built ones are made of.
const MODULE: [&str; 2] =
    [include_str!("../../../kubernetes/go.mod"), include_str!("../../../kubernetes/go.sum")];
/// So many bytes of its digest name the folder.
const DIGEST_BYTES: usize = 6;

/// The path of a program.
pub(super) fn find(name: &str) -> Result<PathBuf, Error> {
    let assets = env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from);
    let given = assets.map(|folder| folder.join(name)).filter(|path| path.is_file());
    let built = || built().join(name);
    let path = given.unwrap_or_else(built);
    if path.is_file() {
        return Ok(path);
    }
    let path = path.display();
    Err(Error::Unavailable(format!("`{path}` is missing; cure: .ci/install kubernetes")))
}

/// Says what is missing, where something is.
pub(super) fn check() -> Result<(), Error> {
    NAMES.iter().try_for_each(|name| find(name).map(drop))
}

fn built() -> PathBuf {
    let digest = Sha256::digest(MODULE.concat());
    let digest: String = digest.iter().take(DIGEST_BYTES).map(|b| format!("{b:02x}")).collect();
    cache::place(&format!("kubernetes-{digest}"))
}
