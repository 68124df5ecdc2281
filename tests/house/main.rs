//! The rules of the house that a machine can check, in a second and without a database.

#![expect(clippy::unwrap_used, reason = "what cannot be read must stop the test")]

mod dependencies;
mod frozen;
mod golden;
mod rust;
mod sources;
mod tidy;
