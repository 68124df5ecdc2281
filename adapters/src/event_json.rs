//! An event as everyone outside sees it: in the API, in an export and as the data of a
//! `CloudEvent`.
//!
//! There is one rendering, so that a subscriber and a reader of the history get the same bytes and
//! either can recompute the leaf hash from them.
//!
//! **Invariants**
//! - `data`, `metadata` and `tags` leave exactly as they were stored. Nothing parses them into a
//!   value and prints them again, since that is where keys are reordered and numbers are rounded.
//! - The order of the fields is the order below; fields may be added, never renamed.

use domain::{Position, Timestamp, Version, ids::EventId, recorded::Stored};
use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;

/// The event object. Write it with `serde_json`: the exact parts are its raw values.
#[derive(Clone, Copy, Debug)]
pub struct EventJson<'a>(pub &'a Stored);

#[derive(Serialize)]
struct Fields<'a> {
    position: Position,
    id: EventId,
    stream: &'a str,
    version: Version,
    r#type: &'a str,
    schema_version: i16,
    data: &'a RawValue,
    metadata: &'a RawValue,
    tags: &'a RawValue,
    recorded_at: Timestamp,
    leaf_hash: String,
}

/// # Errors
/// Where the stored bytes are no JSON, which the log's columns rule out.
impl Serialize for EventJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = self.0;
        let exact = |text| serde_json::from_str::<&RawValue>(text).map_err(S::Error::custom);
        Fields {
            position: event.position,
            id: event.id,
            stream: &event.stream,
            version: event.version,
            r#type: &event.r#type,
            schema_version: event.schema_version,
            data: exact(&event.data)?,
            metadata: exact(&event.metadata)?,
            tags: exact(&event.tags)?,
            recorded_at: event.recorded_at,
            leaf_hash: hex(&event.leaf_hash),
        }
        .serialize(serializer)
    }
}

/// Lower case hexadecimal, as `sha256sum` prints it.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn data_metadata_and_tags_leave_as_they_were_stored() {
        let stored = Stored {
            position: Position(7),
            id: EventId(Uuid::from_u128(1)),
            stream: "node:00000000-0000-0000-0000-000000000002".to_owned(),
            version: Version(3),
            r#type: "NodeLabeled".to_owned(),
            schema_version: 1,
            // Neither sorted nor normalized: whatever the bytes are, they stay.
            data: r#"{"z":1E2,"a":"\u00e9","a":9007199254740993}"#.to_owned(),
            metadata: r#"{"actor": "x"}"#.to_owned(),
            tags: r#"["node:2"]"#.to_owned(),
            recorded_at: "2026-03-01T12:00:00.000120Z".parse().unwrap(),
            leaf_hash: [0xab; 32],
        };
        assert_eq!(
            serde_json::to_string(&EventJson(&stored)).unwrap(),
            format!(
                concat!(
                    r#"{{"position":7,"id":"00000000-0000-0000-0000-000000000001","#,
                    r#""stream":"node:00000000-0000-0000-0000-000000000002","version":3,"#,
                    r#""type":"NodeLabeled","schema_version":1,"#,
                    r#""data":{{"z":1E2,"a":"\u00e9","a":9007199254740993}},"#,
                    r#""metadata":{{"actor": "x"}},"tags":["node:2"],"#,
                    r#""recorded_at":"2026-03-01T12:00:00.000120Z","leaf_hash":"{}"}}"#
                ),
                "ab".repeat(32)
            )
        );
    }
}
