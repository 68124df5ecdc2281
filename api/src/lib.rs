//! The way in, and the one place where the parts are joined.
//!
//! The binary `berth` is a thin shell over this library, so that tests start the real thing.

pub mod config;
pub mod embedded;
