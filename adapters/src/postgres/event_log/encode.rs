//! An append as exact bytes: what is stored, hashed and compared.

use super::keys::Keys;
use commands::ports::event_log::{Answer, Append, Error, NewEvent, Outcome, RequestDigest};
use domain::{Position, StreamId, Version, ids::EventId};
use serde::Serialize;
use uuid::Uuid;

/// An append, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Encoded {
    pub(super) command: Uuid,
    /// The id that its first event has or would have.
    pub(super) first: Uuid,
    pub(super) request: RequestDigest,
    pub(super) result: String,
    /// The version of the subject after the append.
    pub(super) version: i64,
    pub(super) expected: Vec<(String, i64)>,
    pub(super) events: Vec<EncodedEvent>,
    pub(super) claims: Vec<EncodedClaim>,
    pub(super) keys: Keys,
}

#[derive(Clone, Debug)]
pub(super) struct EncodedEvent {
    pub(super) id: Uuid,
    pub(super) stream: String,
    pub(super) version: i64,
    pub(super) r#type: &'static str,
    pub(super) schema_version: i16,
    pub(super) data: String,
    pub(super) metadata: String,
    /// Canonical JSON, as all of it.
    pub(super) tags: String,
}

#[derive(Clone, Debug)]
pub(super) struct EncodedClaim {
    pub(super) what: &'static str,
    pub(super) stream: String,
    /// The scope of a name, or the stream referred to.
    pub(super) other: String,
    pub(super) key: String,
}

impl Encoded {
    /// What comes of it once it stands at this position.
    pub(super) fn stored(&self, position: i64) -> Outcome {
        Outcome::Stored(Answer {
            result: self.result.clone(),
            version: Version(self.version),
            position: Position(position),
        })
    }

    /// About how much it weighs on the wire.
    pub(super) fn bytes(&self) -> usize {
        let event = |event: &EncodedEvent| event.data.len() + event.metadata.len() + 200;
        self.result.len() + 200 + self.events.iter().map(event).sum::<usize>()
    }
}

/// RFC 8785 of anything without floats.
///
/// What is written here lists its fields in order, as a test of the golden events makes sure. Where
/// all is ASCII, that is the order of RFC 8785, and the text of `serde_json` is canonical: it costs
/// less.
fn canonical(value: &impl Serialize) -> Result<String, Error> {
    let failed = |source: serde_json::Error| Error::Unavailable {
        tried: "write an event as canonical JSON",
        source: source.into(),
    };
    let text = serde_json::to_string(value).map_err(failed)?;
    if text.is_ascii() {
        debug_assert_eq!(Some(&text), serde_json_canonicalizer::to_string(value).ok().as_ref());
        return Ok(text);
    }
    serde_json_canonicalizer::to_string(value).map_err(failed)
}

pub(super) fn encode(append: Append) -> Result<Encoded, Error> {
    let metadata = canonical(&append.metadata)?;
    let last = append.events.iter().rev().find(|event| event.stream == append.subject);
    let read = append.expected.iter().find(|(stream, _)| *stream == append.subject);
    let version = last
        .map(|event| event.version)
        .or(read.map(|(_, version)| *version))
        .map_or(0, |version| version.0);
    let mut claims = Vec::new();
    let name = |what, (stream, name): (StreamId, domain::claim::UniqueName)| EncodedClaim {
        what,
        stream: stream.to_string(),
        other: name.scope.to_owned(),
        key: name.key,
    };
    let reference = |what, (from, to): (StreamId, StreamId)| EncodedClaim {
        what,
        stream: from.to_string(),
        other: to.to_string(),
        key: String::new(),
    };
    claims.extend(append.free.into_iter().map(|free| name("free", free)));
    claims.extend(append.take.into_iter().map(|take| name("take", take)));
    claims.extend(append.unrefer.into_iter().map(|pair| reference("unrefer", pair)));
    claims.extend(append.refer.into_iter().map(|pair| reference("refer", pair)));
    claims.extend(append.referrers.into_iter().map(|(to, from)| EncodedClaim {
        what: "referrers",
        stream: append.subject.to_string(),
        other: to.to_string(),
        key: from.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    }));
    claims.extend(append.end.into_iter().map(|stream| reference("end", (stream, stream))));
    let keys = Keys::of(append.metadata.command_id, &append.events, &append.expected, &claims);
    Ok(Encoded {
        keys,
        command: append.metadata.command_id.0,
        first: EventId::of(append.metadata.command_id, 0).0,
        request: append.request,
        result: append.result,
        version,
        expected: append.expected.iter().map(|(s, v)| (s.to_string(), v.0)).collect(),
        events: append
            .events
            .into_iter()
            .map(|event| encode_event(event, &metadata))
            .collect::<Result<_, _>>()?,
        claims,
    })
}

fn encode_event(event: NewEvent, metadata: &str) -> Result<EncodedEvent, Error> {
    let mut tags: Vec<String> = event.tags.iter().map(ToString::to_string).collect();
    tags.sort_unstable();
    tags.dedup();
    Ok(EncodedEvent {
        id: event.id.0,
        stream: event.stream.to_string(),
        version: event.version.0,
        r#type: event.payload.r#type(),
        schema_version: event.payload.schema_version(),
        data: canonical(&event.payload)?,
        metadata: metadata.to_owned(),
        tags: canonical(&tags)?,
    })
}
