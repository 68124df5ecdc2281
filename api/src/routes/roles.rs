//! Roles of principals. One file a verb.

pub(super) mod get;
pub(super) mod grant;
pub(super) mod list;
pub(super) mod revoke;
pub(super) mod view;
