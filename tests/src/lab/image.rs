//! The one image of the lab: a static busybox, imported, since nothing can be pulled here.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::Error;
use super::process::run;
use super::scope::BUSYBOX;

/// Ends at once when it is told to, which a first process without a handler would not.
pub(super) const COMMAND: &str =
    r#"CMD ["/bin/sh","-c","trap 'exit 0' TERM; sleep 2147483647 & wait"]"#;

/// Packs the file system of the image and returns the archive.
pub(super) fn pack(directory: &Path) -> Result<PathBuf, Error> {
    let archive = directory.join("image.tar");
    let root = directory.join("image");
    let binaries = root.join("bin");
    let io = |source| Error::Io { what: format!("make an image of {BUSYBOX}"), source };
    fs::create_dir_all(&binaries).map_err(io)?;
    fs::create_dir_all(root.join("tmp")).map_err(io)?;
    fs::copy(BUSYBOX, binaries.join("busybox")).map_err(io)?;
    for name in run(BUSYBOX, &["--list"])?.lines().filter(|name| *name != "busybox") {
        symlink("busybox", binaries.join(name)).map_err(io)?;
    }
    let [archive_name, root_name] = [&archive, &root].map(|path| path.display().to_string());
    run("tar", &["--create", "--file", &archive_name, "--directory", &root_name, "."])?;
    fs::remove_dir_all(&root).map_err(io)?;
    Ok(archive)
}
