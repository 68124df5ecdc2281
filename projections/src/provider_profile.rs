//! One provider with its clusters and the organizations associated with it.

pub mod query;
pub mod row;
