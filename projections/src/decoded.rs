//! An event as a read model takes it. Its metadata stays unread: what is not shown cannot be a
//! reason to park a stream.

use domain::{
    Event, StreamId, Timestamp, Version,
    recorded::{Happened, Stored},
};

/// An event that was understood.
#[derive(Clone, Debug)]
pub(crate) struct Decoded {
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Its place in the stream.
    pub version: Version,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// Why an event was not understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Another type, version or shape than this program knows.
    #[error("{0}")]
    Data(#[from] serde_json::Error),
    /// PostgreSQL keeps no text with this character. Refused here for every event alike, since a
    /// batch would hide it where a later event puts another text in its place.
    #[error("a text contains the character U+0000")]
    Nul,
}

/// Reads the data of an event.
pub(crate) fn decode(stored: &Stored, stream: StreamId) -> Result<Decoded, Error> {
    let event = event(&stored.r#type, stored.schema_version, &stored.data)?;
    Ok(Decoded { stream, version: stored.version, recorded_at: stored.recorded_at, event })
}

/// Reads the data of an event of the past.
pub(crate) fn read(happened: &Happened, stream: StreamId) -> Result<Decoded, Error> {
    let event = event(&happened.r#type, happened.schema_version, &happened.data)?;
    Ok(Decoded { stream, version: happened.version, recorded_at: happened.recorded_at, event })
}

fn event(r#type: &str, schema_version: i16, data: &str) -> Result<Event, Error> {
    if has_nul(data) {
        return Err(Error::Nul);
    }
    let mut data = serde_json::Deserializer::from_str(data);
    let event = Event::decode(r#type, schema_version, &mut data)?;
    data.end()?;
    Ok(event)
}

/// Whether JSON has the escape of U+0000, and not an escaped backslash before the same letters.
fn has_nul(json: &str) -> bool {
    json.match_indices("\\u0000").any(|(at, _)| {
        let backslashes = json[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        backslashes.is_multiple_of(2)
    })
}

#[cfg(test)]
mod tests {
    use super::has_nul;

    #[test]
    fn a_nul_is_told_from_an_escaped_backslash() {
        assert!(has_nul(r#"{"a":"b\u0000"}"#));
        assert!(has_nul(r#"{"a":"b\\\u0000"}"#));
        assert!(!has_nul(r#"{"a":"b\\u0000"}"#));
        assert!(!has_nul(r#"{"a":"u0000"}"#));
    }
}
