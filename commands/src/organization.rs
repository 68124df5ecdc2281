//! What can be said about an organization. One file a verb.

pub mod associate;
pub mod dissociate;
pub mod register;
pub mod rename;
