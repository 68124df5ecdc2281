//! The worker's main job, on a real Swarm of three engines and a real Kubernetes control plane, and
//! over a real log.
//!
//! Run it with `tests/isolated cargo test -p tests --test clusters`.
#![expect(clippy::unwrap_used, reason = "a story stops where it fails")]

mod applied;
mod around;
mod at_work;
mod both;
mod connectivity;
mod contract;
mod crash;
mod credentials;
mod engine;
mod fake;
mod front;
mod full;
mod fuse;
mod keeper;
mod kept;
mod kubernetes;
mod lab;
mod met_crash;
mod moved;
mod quorum;
mod races;
mod real;
mod rolls;
mod secret_crash;
mod services;
mod sweep;
mod tenant;
mod unreachable;
mod whole;
mod wire;
mod workload_crash;
mod world;
