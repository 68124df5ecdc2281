//! Reads from the broker what it holds of the log: the end of the stream, and nothing else.

use super::{
    cloud_event,
    place::{Before, End, Seen},
    stream,
};
use async_nats::{
    HeaderMap,
    jetstream::{
        message::StreamMessage,
        stream::{InfoError, LastRawMessageError, LastRawMessageErrorKind as Kind, Stream},
    },
};
use domain::{Position, ids::EventId};

/// How far back to look for an event of ours before foreign messages. One broker round trip each,
/// so this is a second or so; it happens once, when the alarm is raised.
const FOREIGN_LOOKED_PAST_MAX: u64 = 1_000;

/// Why the end of the stream could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer, or none that says where the stream ends.
    #[error("could not ask NATS where the stream ends")]
    Info(#[source] InfoError),
    /// The same for one message.
    #[error("could not read a message of the stream")]
    Message(#[source] LastRawMessageError),
}

/// Looks at the end of the stream. `source` tells the messages of this instance from others.
///
/// # Errors
/// When the broker does not answer.
pub async fn look(stream: &Stream, source: &str) -> Result<Seen, Error> {
    let info = stream.get_info().await.map_err(Error::Info)?;
    let created = info.created.to_string();
    let last = match info.state.messages {
        0 => None,
        _ => last(stream, info.state.last_sequence).await?,
    };
    let Some(last) = last else {
        return Ok(Seen { created, last_sequence: info.state.last_sequence, end: End::Empty });
    };
    // A message may have come in between the answers; the later one is as good.
    let last_sequence = info.state.last_sequence.max(last.sequence);
    let end = match recognize(&last.headers, source) {
        Some((position, id)) => End::Event { position, id },
        None => foreign(stream, source, last.sequence, info.state.first_sequence).await?,
    };
    Ok(Seen { created, last_sequence, end })
}

/// The last message that is there. By its sequence where it can be: to look for it by subject, the
/// broker goes through all that it holds.
async fn last(stream: &Stream, sequence: u64) -> Result<Option<StreamMessage>, Error> {
    match found(stream.get_raw_message(sequence).await)? {
        Some(message) => Ok(Some(message)),
        None => found(stream.get_last_raw_message_by_subject(stream::SUBJECTS).await),
    }
}

/// Walks back over messages that are not ours.
async fn foreign(stream: &Stream, source: &str, last: u64, first_kept: u64) -> Result<End, Error> {
    let mut sequence = last;
    for _ in 0..FOREIGN_LOOKED_PAST_MAX {
        let before = sequence - 1;
        if before == 0 {
            return Ok(End::Foreign { sequence, before: Before::Nothing });
        }
        if before < first_kept {
            break;
        }
        let Some(message) = found(stream.get_raw_message(before).await)? else { break };
        if let Some((position, _)) = recognize(&message.headers, source) {
            return Ok(End::Foreign { sequence, before: Before::Event(position) });
        }
        sequence = before;
    }
    Ok(End::Foreign { sequence, before: Before::Unknown })
}

/// The event that a message says it is, where this instance published it.
fn recognize(headers: &HeaderMap, source: &str) -> Option<(Position, EventId)> {
    let header = |name: &str| headers.get(name).map(|value| value.as_str());
    let position: i64 = header(cloud_event::POSITION)?.parse().ok()?;
    let id = header("Nats-Msg-Id")?.parse().ok()?;
    let ours = header(cloud_event::SOURCE)? == source && position > Position::START.0;
    ours.then_some((Position(position), id))
}

/// That there is no such message is an answer.
fn found<T>(answer: Result<T, LastRawMessageError>) -> Result<Option<T>, Error> {
    match answer {
        Ok(message) => Ok(Some(message)),
        Err(error) if error.kind() == Kind::NoMessageFound => Ok(None),
        Err(error) => Err(Error::Message(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for &(name, value) in pairs {
            headers.insert(name, value);
        }
        headers
    }

    #[test]
    fn a_message_is_ours_when_source_position_and_id_say_so() {
        let id = "00000000-0000-0000-0000-000000000007";
        let source = ("ce-source", "/berth/paris");
        let of = |pairs: &[_]| recognize(&headers(pairs), "/berth/paris");
        let ours = of(&[source, ("Berth-Position", "7"), ("Nats-Msg-Id", id)]);
        assert_eq!(ours, Some((Position(7), id.parse().unwrap())));
        let elsewhere = ("ce-source", "/berth/lyon");
        assert_eq!(of(&[elsewhere, ("Berth-Position", "7"), ("Nats-Msg-Id", id)]), None);
        assert_eq!(of(&[source, ("Berth-Position", "0"), ("Nats-Msg-Id", id)]), None);
        assert_eq!(of(&[source, ("Berth-Position", "7"), ("Nats-Msg-Id", "seven")]), None);
        assert_eq!(of(&[]), None);
    }
}
