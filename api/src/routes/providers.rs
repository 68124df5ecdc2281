//! Providers. One file a verb.

pub(super) mod change;
pub(super) mod change_failover_policy;
pub(in crate::routes) mod create;
pub(super) mod diff;
pub(super) mod disable;
pub(super) mod enable;
pub(super) mod get;
pub(super) mod get_failover_policy;
pub(super) mod history;
pub(super) mod labels;
pub(super) mod list;
pub(super) mod remove;
pub(super) mod test;
pub(super) mod view;
