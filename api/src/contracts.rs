//! Contracts for machines beside the `OpenAPI` document: a JSON Schema for each event and the
//! `AsyncAPI` document of what is published on NATS.
//!
//! Both are made from the types of `domain`, committed so that a change shows in review, and served
//! as committed: no program carries what makes them. A test fails when they differ from the types;
//! `BERTH_UPDATE_CONTRACTS=1 cargo test -p api contracts` writes them anew.

#[cfg(test)]
mod asyncapi;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;

/// The `AsyncAPI` document as it is committed and served.
pub const ASYNCAPI: &str = include_str!("../asyncapi.json");

/// Stored type, schema version and JSON Schema of every event, by type and version.
pub static SCHEMAS: &[(&str, i16, &str)] = include!(concat!(env!("OUT_DIR"), "/schemas.rs"));

/// The JSON Schema of an event as the API, an export and the data of a `CloudEvent` show it.
#[must_use]
pub fn schema(r#type: &str, version: i16) -> Option<&'static str> {
    let found = SCHEMAS.iter().find(|(name, number, _)| *name == r#type && *number == version);
    found.map(|(_, _, schema)| *schema)
}
