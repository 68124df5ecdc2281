//! The clock of this machine.

use commands::ports::Clock;
use domain::Timestamp;
use time::OffsetDateTime;

/// The clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::new(OffsetDateTime::now_utc())
    }
}
