//! Tokens. One file a verb.

pub(super) mod get;
pub(super) mod issue;
pub(super) mod list;
pub(super) mod revoke;
pub(super) mod view;
