//! What can be said about a provider. One file a verb.

pub mod add_cluster;
pub mod change;
pub mod change_cluster_endpoint;
pub mod create;
pub mod disable;
pub mod enable;
pub mod remove_cluster;
