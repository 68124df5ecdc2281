//! What the write side needs from outside, as traits; `adapters` has the real ones.

pub mod clock;
pub mod cluster;
pub mod event_log;
pub mod vault;

pub use clock::Clock;
pub use cluster::{Cluster, Clusters};
pub use event_log::EventLog;
pub use vault::Vault;
