#![doc = include_str!("../README.md")]

pub mod clock;
pub mod clusters;
pub mod event_json;
pub mod nats;
pub mod oidc;
pub mod outbound;
pub mod postgres;
pub mod swarm;
pub mod vault;
