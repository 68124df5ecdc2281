//! The lab itself: what it promises to every test that builds on it.
//!
//! Run it with `tests/isolated cargo test -p tests --test lab`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod kubernetes;
mod leftovers;
mod swarm;
