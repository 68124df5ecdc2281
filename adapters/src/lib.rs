//! crate

pub mod event_json;
