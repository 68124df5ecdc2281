//! Certificates: kept once, used by many clusters.

pub(super) mod get;
pub(super) mod import;
pub(super) mod list;
pub(super) mod remove;
pub(super) mod replace;
pub(super) mod view;
