//! What can be said about a provider. One file a verb.

pub mod access;
pub mod add_cluster;
pub mod change;
pub mod change_cluster_endpoint;
pub mod change_failover_policy;
pub mod create;
pub mod disable;
pub mod enable;
pub mod login;
pub mod make_primary;
pub mod rank_clusters;
pub mod remove;
pub mod remove_cluster;
pub mod remove_registry_credential;
pub mod set_registry_credential;
pub mod test;
pub(crate) mod users;
