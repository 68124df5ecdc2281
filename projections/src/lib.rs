#![doc = include_str!("../README.md")]
#![warn(clippy::wildcard_enum_match_arm)]

pub mod model;
pub mod node_list;
pub mod organization_list;
pub mod page;
pub mod provider_list;
pub mod provider_profile;

pub use model::Model;
