#![doc = include_str!("../README.md")]

pub mod addresses;
pub mod api_version;
pub mod clock;
pub mod clusters;
mod connectivity;
pub mod connector;
pub mod credentials;
pub mod event_json;
mod hidden;
pub mod identity;
pub mod kubernetes;
mod marker;
pub mod nats;
pub mod oidc;
pub mod outbound;
pub mod postgres;
mod secret_marker;
pub mod shown;
pub mod swarm;
pub mod tls;
pub mod vault;
