//! Images that are declared on a provider. One file a verb.

pub(super) mod change_visibility;
pub(super) mod declare;
pub(super) mod disable;
pub(super) mod enable;
pub(super) mod entry;
pub(super) mod export;
pub(super) mod get;
pub(super) mod import;
pub(super) mod list;
pub(super) mod view;
pub(super) mod withdraw;
