//! PostgreSQL: the log, its feed, and what the service keeps beside it.

pub mod access;
pub mod connect;
pub mod event_feed;
pub mod event_log;
mod holders;
pub mod instance;
pub mod migrate;
pub mod names;
pub mod relay_memory;
pub mod sole;

pub use connect::connect;
pub use event_feed::EventFeed;
pub use event_log::EventLog;
pub use migrate::migrate;
pub use relay_memory::RelayMemory;
pub use sole::Sole;
