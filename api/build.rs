//! Lists the committed schemas of events, so that a new one is served without a line of code.

use std::{
    env,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=schemas/events");
    let directory =
        Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("schemas/events");
    let mut files: Vec<PathBuf> =
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.sort();
    let mut code = String::from("&[\n");
    for file in &files {
        // `NodeLabeled.1.json`
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some((r#type, version)) = name.split_once('.') {
            // Said from the folder of the crate, so that what was built may move with it.
            let file = format!("/schemas/events/{name}.json");
            let text = format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {file:?}))");
            let _ = writeln!(code, "({type:?}, {version}, {text}),");
        }
    }
    code += "]\n";
    fs::write(Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("schemas.rs"), code)
}
