//! Times as the log keeps them: UTC, microseconds, always 27 characters.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};
use time::{
    OffsetDateTime, PrimitiveDateTime, UtcOffset, format_description::BorrowedFormatItem,
    macros::format_description,
};

const FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// A moment in UTC, to the microsecond: `2026-03-01T12:00:00.000000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// Cuts what is finer than a microsecond.
    #[must_use]
    pub fn new(moment: OffsetDateTime) -> Self {
        let utc = moment.to_offset(UtcOffset::UTC);
        let cut = utc.replace_nanosecond(utc.microsecond() * 1000).unwrap_or(utc);
        Self(cut)
    }
    /// The moment.
    #[must_use]
    pub fn moment(self) -> OffsetDateTime {
        self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(FORMAT).map_err(|_| fmt::Error)?)
    }
}

/// A text that is no timestamp.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a time; one looks like `2026-03-01T12:00:00.000000Z`")]
pub struct NoTime(pub String);

impl FromStr for Timestamp {
    type Err = NoTime;
    fn from_str(text: &str) -> Result<Self, NoTime> {
        PrimitiveDateTime::parse(text, FORMAT)
            .map(|moment| Self(moment.assume_utc()))
            .map_err(|_| NoTime(text.to_owned()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_it_was_read() {
        let text = "2026-03-01T12:00:00.000120Z";
        assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
    }

    #[test]
    fn what_is_finer_than_a_microsecond_is_cut() {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(1_999).unwrap();
        assert_eq!(Timestamp::new(moment).to_string(), "1970-01-01T00:00:00.000001Z");
    }
}
