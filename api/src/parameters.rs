//! What the address of a request carries: ids in the path, and the query.
//!
//! Each route takes the parameters it knows and then calls [`Query::done`], which refuses whatever
//! is left: a misspelt filter would otherwise be answered with everything.

use crate::problem::{Code, Problem};
use actix_web::HttpRequest;
use domain::Position;
use std::{collections::BTreeMap, fmt, str::FromStr};

/// Entries of a page, where the client does not say.
pub(crate) const LIMIT_DEFAULT: u16 = 50;
/// The most entries of a page.
pub(crate) const LIMIT_MAX: u16 = 200;
/// The longest value of a parameter, in bytes.
const VALUE_BYTES_MAX: usize = 2048;
/// The length of a UUID in its usual form.
const UUID_CHARACTERS: usize = 36;

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
            if value.len() > VALUE_BYTES_MAX || value.chars().any(char::is_control) {
                let detail =
                    format!("must have at most {VALUE_BYTES_MAX} bytes and no control characters");
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

    /// A parameter with a grammar of its own; `rule` says it in words.
    pub(crate) fn parsed<T: FromStr>(
        &mut self,
        name: &str,
        rule: &'static str,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| wrong(name, "format", rule))
    }

    /// A position of the log.
    pub(crate) fn position(&mut self, name: &str) -> Result<Option<Position>, Problem> {
        let rule = "must be a position of the log: a whole number from 0";
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| plain);
        number.map(|number| Some(Position(number))).ok_or_else(|| wrong(name, "position", rule))
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
