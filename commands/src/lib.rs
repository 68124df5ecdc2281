#![doc = include_str!("../README.md")]

pub mod access;
pub mod certificate;
pub mod cluster;
pub mod endpoint;
pub mod handle;
pub mod image;
pub mod node;
pub mod organization;
pub mod ports;
pub mod processes;
pub mod profile;
pub mod provider;
pub mod reconcile;
pub mod refusal;
pub mod secret;
mod streams;
pub mod sweep;
pub mod unit;
pub mod worker;
pub mod workload;

pub use handle::{Error, Request, Writer};
pub use refusal::Refusal;
pub use unit::Unit;
