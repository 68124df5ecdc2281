#![doc = include_str!("../README.md")]
#![warn(clippy::wildcard_enum_match_arm)]

pub mod access_list;
pub mod alarm;
mod apply;
mod associations;
mod batch;
pub mod certificate_list;
mod decoded;
mod fold;
pub mod image_list;
pub mod model;
pub mod node_list;
pub mod organization_list;
pub mod page;
pub mod past;
pub mod profile_list;
pub mod progress;
pub mod provider_list;
pub mod provider_profile;
pub mod rebuild;
mod rows;
pub mod runner;
pub mod schema;
pub mod secret_list;
pub mod status;
pub mod stuck_events;
pub mod used_by;
pub mod wait;
pub mod workload_list;

pub use model::Model;
