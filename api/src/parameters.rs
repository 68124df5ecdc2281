//! What the address of a request carries: ids in the path, and the query.
//!
//! Each route takes the parameters it knows and then calls [`Query::done`], which refuses whatever
//! is left: a misspelt filter would otherwise be answered with everything.

use crate::problem::{Code, Problem};
use actix_web::HttpRequest;
use domain::{Position, Timestamp};
use projections::past;
use std::{collections::BTreeMap, fmt, str::FromStr};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// Entries of a page, where the client does not say.
pub(crate) const LIMIT_DEFAULT: u16 = 50;
/// The most entries of a page.
pub(crate) const LIMIT_MAX: u16 = 200;
/// The longest value of a parameter, in characters.
pub(crate) const VALUE_CHARACTERS_MAX: usize = 2048;
/// The largest position: a whole number that every reader of JSON keeps.
pub(crate) const POSITION_MAX: i64 = 9_007_199_254_740_991;
/// The length of a UUID in its usual form.
const UUID_CHARACTERS: usize = 36;

/// What a time is, in words.
pub(crate) const TIME_RULE: &str = "must be a time of RFC 3339, such as `2026-03-01T12:00:00Z`";

const MOMENT_RULE: &str =
    "must be a position of the log, or a time of RFC 3339 such as `2026-03-01T12:00:00Z`";

/// Of which moment a profile is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Now, and from a read model that has seen this position, where one is given.
    Now(Option<Position>),
    /// As it was.
    Past(past::When),
}

impl From<Option<Position>> for When {
    fn from(at_least: Option<Position>) -> Self {
        Self::Now(at_least)
    }
}

/// An id of the path.
pub(crate) fn id<T: FromStr>(request: &HttpRequest, name: &'static str) -> Result<T, Problem> {
    uuid(text(request, name), name)
}

/// A part of the path as it was sent.
pub(crate) fn text<'a>(request: &'a HttpRequest, name: &'static str) -> &'a str {
    request.match_info().query(name)
}

/// A UUID in its usual form.
pub(crate) fn usual_uuid<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok().filter(|_| text.len() == UUID_CHARACTERS)
}

fn uuid<T: FromStr>(text: &str, name: &str) -> Result<T, Problem> {
    usual_uuid(text).ok_or_else(|| wrong(name, "uuid", "must be a UUID"))
}

/// A time at whatever offset, cut to microseconds, which is what the log has.
pub(crate) fn rfc3339(text: &str) -> Option<Timestamp> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    moment.checked_to_offset(UtcOffset::UTC).map(Timestamp::new)
}

fn time(text: &str, name: &str, rule: &'static str) -> Result<Timestamp, Problem> {
    rfc3339(text).ok_or_else(|| wrong(name, "moment", rule))
}

fn wrong(name: &str, rule: &'static str, detail: impl fmt::Display) -> Problem {
    Problem::at(Code::MalformedParameter, name, rule, detail)
}

/// The query of a request, taken apart parameter by parameter.
#[derive(Debug)]
pub(crate) struct Query(BTreeMap<String, String>);

impl Query {
    /// Reads the query; each parameter may be given once.
    pub(crate) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        Self::read(request.query_string())
    }

    fn read(query: &str) -> Result<Self, Problem> {
        let mut parameters = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let shown: String = name.chars().take(64).collect();
            let is_long = value.chars().nth(VALUE_CHARACTERS_MAX).is_some();
            if is_long || value.chars().any(char::is_control) {
                let detail = format!(
                    "must have at most {VALUE_CHARACTERS_MAX} characters, and no control characters"
                );
                return Err(wrong(&shown, "characters", detail));
            }
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(wrong(&shown, "once", "is given twice"));
            }
        }
        Ok(Self(parameters))
    }

    /// Refuses every parameter, for a request that has none.
    pub(crate) fn none(request: &HttpRequest) -> Result<(), Problem> {
        Self::of(request)?.done()
    }

    /// All parameters as one text, the same for the same parameters; none where there are none.
    pub(crate) fn canonical(&self) -> Option<String> {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        let text = text.extend_pairs(&self.0).finish();
        (!text.is_empty()).then_some(text)
    }

    /// A parameter as it was sent.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// A parameter that is a UUID.
    pub(crate) fn uuid<T: FromStr>(&mut self, name: &str) -> Result<Option<T>, Problem> {
        self.0.remove(name).map(|text| uuid(&text, name)).transpose()
    }

    /// A parameter that is one of a few words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        name: &str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| Some(*value)).ok_or_else(|| {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            wrong(name, "unknown_value", format!("must be one of {}", words.join(", ")))
        })
    }

    /// A position of the log.
    pub(crate) fn position(&mut self, name: &str) -> Result<Option<Position>, Problem> {
        let rule = "must be a position of the log: a whole number from 0";
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| plain && *number <= POSITION_MAX);
        number.map(|number| Some(Position(number))).ok_or_else(|| wrong(name, "position", rule))
    }

    /// A time, at whatever offset it is written.
    pub(crate) fn time(&mut self, name: &str) -> Result<Option<Timestamp>, Problem> {
        self.0.remove(name).map(|text| time(&text, name, TIME_RULE)).transpose()
    }

    /// A moment of the past: a position, or a time.
    pub(crate) fn moment(&mut self, name: &str) -> Result<Option<past::When>, Problem> {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let position = text.parse().map_err(|_| wrong(name, "moment", MOMENT_RULE))?;
            return Ok(Some(past::When::Position(Position(position))));
        }
        time(&text, name, MOMENT_RULE).map(past::When::Time).map(Some)
    }

    /// Of which moment a profile is wanted: `as_of`, or now and `at_least` so far.
    pub(crate) fn when(&mut self) -> Result<When, Problem> {
        let at_least = self.position("at_least")?;
        match self.moment("as_of")? {
            None => Ok(When::Now(at_least)),
            Some(past) if at_least.is_none() => Ok(When::Past(past)),
            Some(_) => {
                let detail = "must not be given together with `at_least`";
                Err(wrong("as_of", "exclusive", detail))
            }
        }
    }

    /// How many entries a page has.
    pub(crate) fn limit(&mut self) -> Result<u16, Problem> {
        let Some(text) = self.0.remove("limit") else { return Ok(LIMIT_DEFAULT) };
        let number = text.parse().ok().filter(|number| (1..=LIMIT_MAX).contains(number));
        let rule = format!("must be a whole number from 1 to {LIMIT_MAX}");
        number.ok_or_else(|| wrong("limit", "range", rule))
    }

    /// Refuses what nobody took.
    pub(crate) fn done(self) -> Result<(), Problem> {
        let Some(name) = self.0.into_keys().next() else { return Ok(()) };
        let shown: String = name.chars().take(64).collect();
        Err(wrong(&shown, "unknown", "is not a parameter of this request"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::ProviderId;

    #[test]
    fn what_nobody_takes_is_refused() {
        let mut query = Query::read("limit=7&colour=red").unwrap();
        assert_eq!(query.limit().unwrap(), 7);
        assert_eq!(query.done().unwrap_err().code(), Code::MalformedParameter);
    }

    #[test]
    fn a_moment_is_a_position_or_a_time() {
        let read = |query: &str| Query::read(query).unwrap().when();
        assert_eq!(read("").unwrap(), When::Now(None));
        assert_eq!(read("at_least=7").unwrap(), When::Now(Some(Position(7))));
        let position = When::Past(past::When::Position(Position(7)));
        assert_eq!(read("as_of=7").unwrap(), position);
        let noon = "2026-03-01T12:00:00.000000Z".parse().unwrap();
        for time in ["12:00:00Z", "12:00:00.0000001Z", "13:30:00%2B01:30", "12:00:00-00:00"] {
            let found = read(&format!("as_of=2026-03-01T{time}")).unwrap();
            assert_eq!(found, When::Past(past::When::Time(noon)), "{time}");
        }
        for wrong in
            ["", "-1", "yesterday", "2026-03-01", "2026-03-01T12:00:00", "99999999999999999999"]
        {
            assert!(read(&format!("as_of={wrong}")).is_err(), "{wrong}");
        }
        assert!(read("as_of=7&at_least=7").is_err(), "one or the other");
    }

    #[test]
    fn each_parameter_has_one_form() {
        assert!(Query::read("limit=1&limit=2").is_err());
        assert!(Query::read("name=a%00b").is_err());
        for limit in ["0", "201", "-1", "x", ""] {
            assert!(Query::read(&format!("limit={limit}")).unwrap().limit().is_err(), "{limit}");
        }
        for position in ["-1", "x", "", "1.0", "99999999999999999999"] {
            let mut query = Query::read(&format!("after={position}")).unwrap();
            assert!(query.position("after").is_err(), "{position}");
        }
        assert!(uuid::<ProviderId>("0193000000007000800000000000abcd", "id").is_err());
        assert!(uuid::<ProviderId>("01930000-0000-7000-8000-00000000abcd", "id").is_ok());
    }
}
