//! What events meant: who acted, why, and what each field was before and after.

pub(super) mod changes;
pub(super) mod document;
pub(super) mod entry;
