//! Publishes a page of events, pipelined, so that the stream can only ever grow by the right one.
//!
//! Each message names the stream, the sequence and the id that must be last before it. The sequence
//! alone is not enough: where a foreign message takes the place of the first message of a page, the
//! first is refused, but the second would find the sequence that it expects, and an event would be
//! missing for ever. The id makes each message stand or fall with the one before it.
//!
//! Only the first message after the relay found its place does without the id: the broker forgets
//! it after a while and across a restart, and the relay has just read the end of the stream.

use super::{
    cloud_event::{self, Envelope},
    place::Place,
    stream,
};
use async_nats::jetstream::{
    self,
    context::{PublishAckFuture, PublishError, PublishErrorKind as Kind},
    message::PublishMessage,
    publish::PublishAck,
};
use domain::recorded::Stored;
use futures::future::join_all;

/// How far a page came.
pub(super) struct Outcome {
    /// The last event that the broker acknowledged, with all before it.
    pub(super) place: Place,
    /// Why it came no further, where it did not come to the end.
    pub(super) stopped: Option<Stopped>,
}

/// Why a page was not published to its end. What follows is always the same: the relay looks at
/// the end of the stream again, since what became of the rest is unknown.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The stream does not end where the relay thought.
    PlaceLost(String),
    /// No answer: the message is stored, or will be, or never.
    NoAnswer(String),
    /// The broker does not take the event.
    Refused(String),
}

/// Whether the broker is asked to compare the id of the last message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// The end of the stream was just read.
    Unchained,
    /// The message before was just acknowledged.
    Chained,
}

/// Publishes `events`, which follow `place` without a hole. Sends all, then waits for all: the
/// caller's page must be smaller than the number of acknowledgements a connection may wait for.
pub(super) async fn publish(
    jetstream: &jetstream::Context,
    source: &str,
    place: Place,
    first: First,
    events: &[Stored],
) -> Outcome {
    let mut pending = Vec::with_capacity(events.len());
    let mut unsent = None;
    let mut last = place;
    let mut chained = first == First::Chained;
    for event in events {
        match send(jetstream, source, &last, chained, event).await {
            Ok(acknowledgement) => pending.push(acknowledgement),
            Err(stopped) => {
                unsent = Some(stopped);
                break;
            }
        }
        last = last.next(event.id);
        chained = true;
    }
    // All at once: each has its own time-out, which only runs while it is waited for.
    let answers = join_all(pending.into_iter().map(IntoFuture::into_future)).await;
    let mut reached = place;
    for (event, answer) in events.iter().zip(answers) {
        let next = reached.next(event.id);
        match judge(next.sequence, answer) {
            Ok(()) => reached = next,
            Err(stopped) => return Outcome { place: reached, stopped: Some(stopped) },
        }
    }
    Outcome { place: reached, stopped: unsent }
}

async fn send(
    jetstream: &jetstream::Context,
    source: &str,
    last: &Place,
    chained: bool,
    event: &Stored,
) -> Result<PublishAckFuture, Stopped> {
    let Envelope { subject, headers, payload } = cloud_event::envelope(source, event)
        .map_err(|error| Stopped::Refused(format!("the event cannot be written: {error}")))?;
    let mut message = PublishMessage::build()
        .headers(headers)
        .expected_stream(stream::NAME)
        .expected_last_sequence(last.sequence)
        .payload(payload);
    if let (true, Some(id)) = (chained, last.id) {
        message = message.expected_last_message_id(id.to_string());
    }
    jetstream.send_publish(subject, message).await.map_err(stopped)
}

/// An event that was sent before is acknowledged with the sequence it has had since then, so a
/// repetition is as good as the first time, and another sequence says that the place is wrong.
fn judge(expected: u64, answer: Result<PublishAck, PublishError>) -> Result<(), Stopped> {
    let acknowledged = answer.map_err(stopped)?;
    if acknowledged.stream == stream::NAME && acknowledged.sequence == expected {
        return Ok(());
    }
    Err(Stopped::PlaceLost(format!(
        "the event is message {} of {}, not {expected} of {}",
        acknowledged.sequence,
        acknowledged.stream,
        stream::NAME
    )))
}

fn stopped(error: PublishError) -> Stopped {
    let words = super::interruption::chain(&error);
    match error.kind() {
        Kind::WrongLastSequence | Kind::WrongLastMessageId | Kind::StreamNotFound => {
            Stopped::PlaceLost(words)
        }
        Kind::TimedOut | Kind::BrokenPipe | Kind::MaxAckPending => Stopped::NoAnswer(words),
        Kind::MaxPayloadExceeded | Kind::Other => Stopped::Refused(words),
    }
}
