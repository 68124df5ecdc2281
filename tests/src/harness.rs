//! What a story stands on: one real PostgreSQL a run, one database a test.
//!
//! A database is cloned from a template that was migrated once: 20 ms instead of a migration.
//! LISTEN channels and advisory locks belong to a database, so tests do not hear each other.

#![expect(
    clippy::expect_used,
    reason = "a harness that cannot start must stop the test and say why"
)]

pub mod berth;
pub mod cache;
pub mod certificate;
pub mod chronicle;
pub mod database;
pub mod dex;
pub mod proxy;
pub mod server;
pub mod wait;

pub use berth::Berth;
pub use chronicle::Busy;
pub use database::Database;
pub use wait::eventually;
