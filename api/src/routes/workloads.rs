//! The workloads of an organization.

pub(super) mod get;
pub(super) mod list;
pub(super) mod remove;
pub(super) mod request;
pub(super) mod scale;
pub(super) mod start;
pub(super) mod stop;
pub(super) mod update;
pub(super) mod view;
