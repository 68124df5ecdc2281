//! How the relay is: what `/readyz` and the metrics show.

use super::stream::Difference;
use domain::Position;

/// What the relay says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How it is.
    pub health: Health,
    /// The last event that is known to be in the stream.
    pub published: Position,
}

/// How the relay is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Another relay is at work; this one waits for its turn.
    Standby,
    /// It looks for its place.
    Starting,
    /// Events flow.
    Publishing,
    /// The broker does not answer. It is tried again; nothing is lost meanwhile.
    BrokerUnreachable(String),
    /// The log does not answer. It is tried again.
    LogUnreachable(String),
    /// Someone must act. The relay looks again from time to time and goes on once it is mended.
    Alarm(Alarm),
}

impl Health {
    /// Whether events flow, here or from another relay.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Standby | Self::Publishing)
    }

    /// One word for metrics.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Standby => "standby",
            Self::Starting => "starting",
            Self::Publishing => "publishing",
            Self::BrokerUnreachable(_) => "broker_unreachable",
            Self::LogUnreachable(_) => "log_unreachable",
            Self::Alarm(_) => "alarm",
        }
    }
}

/// What the relay cannot mend by itself, with the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Alarm {
    /// The log was restored from a backup that is older than what subscribers have seen.
    #[error(
        "NATS holds events up to position {published}, but the log ends at {head}: the log seems \
         to be restored from a backup. Cure: restore a newer one, or delete the stream \
         BERTH_EVENTS and tell its subscribers"
    )]
    AheadOfLog {
        /// The last position that the broker holds.
        published: Position,
        /// The last position of the log.
        head: Position,
    },
    /// The same, after the restored log grew again.
    #[error(
        "NATS holds another event at position {position} than the log: the log seems to be \
         restored from a backup. Cure: delete the stream BERTH_EVENTS and tell its subscribers"
    )]
    Diverged {
        /// Where both were compared.
        position: Position,
    },
    /// Someone else published under the subjects of the events.
    #[error(
        "message {sequence} of the stream BERTH_EVENTS was not published by this instance. Cure: \
         let only the relay publish to berth.v1.>; then delete the stream, which will be \
         published anew, or let it age until the message is gone"
    )]
    Foreign {
        /// The first such message that was found.
        sequence: u64,
    },
    /// The stream was used, holds nothing any more, and what was last in it is not known.
    #[error(
        "the stream BERTH_EVENTS is empty after {last_sequence} messages, and it is not known \
         which event was the last. Cure: delete the stream, which will be published anew"
    )]
    PlaceUnknown {
        /// How many messages the stream ever had.
        last_sequence: u64,
    },
    /// The stream was made by someone else, or changed.
    #[error("the stream BERTH_EVENTS is not what it must be: {}", list(.0))]
    StreamDiffers(Vec<Difference>),
    /// There is no stream, and the broker refuses to make one.
    #[error("there is no stream BERTH_EVENTS to publish to: {reason}")]
    NoStream {
        /// In the broker's words.
        reason: String,
    },
    /// Positions of the log are not 1, 2, 3 … any more.
    #[error("the log has no event at position {missing}, but later ones. Cure: restore the log")]
    Hole {
        /// The first position that is missing.
        missing: Position,
    },
    /// The broker will not take the next event.
    #[error("NATS does not take the event after position {after}: {reason}")]
    Refused {
        /// The last event that the broker took.
        after: Position,
        /// In the broker's words.
        reason: String,
    },
}

fn list(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
