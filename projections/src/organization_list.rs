//! Which organizations there are.

pub mod query;
pub mod row;
