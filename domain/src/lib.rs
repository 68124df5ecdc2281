#![doc = include_str!("../README.md")]
#![warn(clippy::wildcard_enum_match_arm)]

pub mod access;
pub mod aggregate;
pub mod availability;
pub mod certificate;
pub mod change;
pub mod claim;
pub mod cluster;
pub mod cluster_url;
pub mod connectivity;
pub mod constraint;
pub mod event;
pub mod feed;
pub mod ids;
pub mod image;
pub mod kept;
pub mod label;
pub mod metadata;
pub mod name;
pub mod node;
pub mod node_observation;
pub mod organization;
pub mod outbound;
pub mod placement;
pub mod profile;
pub mod provider;
pub mod recorded;
pub mod replicas;
pub mod role;
pub mod scope;
pub mod secret;
pub mod secret_observation;
pub mod stream;
pub mod tag;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
pub mod timestamp;
pub mod workload;
pub mod workload_observation;

pub use aggregate::Aggregate;
pub use event::Event;
pub use stream::{Position, StreamId, Version};
pub use timestamp::Timestamp;
