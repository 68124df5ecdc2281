//! A new migration must reach the binary: cargo does not see files that a macro reads.
fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
