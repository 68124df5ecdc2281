//! Why a round of the relay ended, and which words of broker and log mean which.

use super::{health::Alarm, publish::Stopped, stream};
use domain::Position;
use std::error::Error as StdError;

/// What `JetStream` answers while it cannot answer.
const CODE_UNAVAILABLE: usize = 503;

/// Why a round ended; another one follows.
#[derive(Debug)]
pub(super) enum Interruption {
    Alarm(Alarm),
    Broker(String),
    Log(String),
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
            // A broker that is starting or choosing a leader says so with this code.
            stream::Error::Refused(_, ref why) if why.code() == CODE_UNAVAILABLE => broker(&error),
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
