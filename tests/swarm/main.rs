//! The worker's main job, on a real Swarm of three engines and over a real log.
//!
//! Run it with `tests/isolated cargo test -p tests --test swarm`.
#![expect(clippy::unwrap_used, reason = "a story stops where it fails")]

mod applied;
mod contract;
mod crash;
mod credentials;
mod drift;
mod fake;
mod followed;
mod lab;
mod races;
mod refused;
mod unreachable;
mod wire;
mod world;
