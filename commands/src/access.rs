//! What can be said about the access of a principal. One file a verb.

pub mod grant_role;
pub mod issue_token;
pub mod revoke_role;
pub mod revoke_token;
