//! Why the relay stops for a moment, told from what went wrong: whether someone must act, or only
//! wait, is decided here and nowhere else.

use super::{health::Alarm, publish::Stopped, stream};
use domain::Position;
use std::error::Error as StdError;

/// From here on, what `JetStream` answers says something of itself and not of the request.
const CODE_TROUBLE_MIN: usize = 500;

/// Why a round ended; another one follows.
#[derive(Debug)]
pub(super) enum Interruption {
    /// Someone must act.
    Alarm(Alarm),
    /// The broker did not answer.
    Broker(String),
    /// The log, or what is kept beside it, did not answer.
    Log(String),
    /// The stream does not end where the relay thought.
    PlaceLost(String),
}

impl Stopped {
    pub(super) fn into_interruption(self, after: Position) -> Interruption {
        match self {
            Self::PlaceLost(reason) => Interruption::PlaceLost(reason),
            Self::NoAnswer(reason) => Interruption::Broker(reason),
            Self::Refused(reason) => Interruption::Alarm(Alarm::Refused { after, reason }),
        }
    }
}

impl From<Alarm> for Interruption {
    fn from(alarm: Alarm) -> Self {
        Self::Alarm(alarm)
    }
}

impl From<stream::Error> for Interruption {
    fn from(error: stream::Error) -> Self {
        match error {
            stream::Error::Differs(differences) => Self::Alarm(Alarm::StreamDiffers(differences)),
            // A broker that is starting, choosing a leader or deleting says so with these codes.
            stream::Error::Refused(_, ref why) if why.code() >= CODE_TROUBLE_MIN => broker(&error),
            stream::Error::Unreachable(..) => broker(&error),
            stream::Error::Refused(..) => Self::Alarm(Alarm::NoStream { reason: chain(&error) }),
        }
    }
}

pub(super) fn broker(error: &(dyn StdError + 'static)) -> Interruption {
    Interruption::Broker(chain(error))
}

pub(super) fn log(error: &(dyn StdError + 'static)) -> Interruption {
    Interruption::Log(chain(error))
}

/// An error with its sources, in one line. Where a source says what its error said, it is left out.
pub(super) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let said = error.to_string();
        if !words.contains(&said) {
            words = format!("{words}: {said}");
        }
        source = error.source();
    }
    words
}
