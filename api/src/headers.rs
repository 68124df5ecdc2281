//! The headers of the contract, each read in one way and refused by name where it cannot be.

use crate::{
    parameters::POSITION_MAX,
    problem::{Code, Problem},
};
use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH};
use domain::{Position, Version};

/// Makes a command safe to repeat: 1 to 128 visible ASCII characters of the client's choice.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How far the answer knows the log.
pub const BERTH_POSITION: HeaderName = HeaderName::from_static("berth-position");

/// The longest idempotency key, in characters.
pub const KEY_CHARACTERS_MAX: usize = 128;

/// The idempotency key, if one was sent.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(key) = only(headers, &IDEMPOTENCY_KEY)? else { return Ok(None) };
    let fine = (1..=KEY_CHARACTERS_MAX).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_graphic());
    if fine {
        return Ok(Some(key));
    }
    let detail = format!("must have 1 to {KEY_CHARACTERS_MAX} visible ASCII characters");
    Err(Problem::at(Code::MalformedHeader, IDEMPOTENCY_KEY.as_str(), "characters", detail))
}

/// The version that the client has seen, if it says so.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    let Some(text) = only(headers, &IF_MATCH)? else { return Ok(None) };
    let digits = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let number = digits.and_then(|digits| digits.parse().ok());
    // As it was written in an `ETag`: no sign, no leading zero.
    let version = number.filter(|number: &i64| {
        (0..=POSITION_MAX).contains(number) && digits == Some(&*number.to_string())
    });
    version.map(|version| Some(Version(version))).ok_or_else(|| {
        let detail = "must be one version in quotation marks, such as \"7\"";
        Problem::at(Code::MalformedHeader, IF_MATCH.as_str(), "version", detail)
    })
}

/// The last event that a reader got before its connection was cut.
pub(crate) fn last_event_id(headers: &HeaderMap) -> Result<Option<Position>, Problem> {
    let name = HeaderName::from_static("last-event-id");
    let Some(text) = only(headers, &name)? else { return Ok(None) };
    let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let position = digits.and_then(|digits| digits.parse().ok()).filter(|it| *it <= POSITION_MAX);
    position.map(|position| Some(Position(position))).ok_or_else(|| {
        let detail = "must be the id of an event of this stream, such as 7";
        Problem::at(Code::MalformedHeader, name.as_str(), "position", detail)
    })
}

/// A version as `If-Match` takes it.
pub(crate) fn entity_tag(version: Version) -> (&'static str, String) {
    ("etag", format!("\"{version}\""))
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::at(Code::MalformedHeader, name.as_str(), "once", "is given twice"));
    }
    value.to_str().map(Some).map_err(|_| {
        Problem::at(Code::MalformedHeader, name.as_str(), "characters", "must be visible ASCII")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    #[test]
    fn a_version_is_read_from_quotation_marks() {
        let read = |values: &[&str]| if_match(&headers(IF_MATCH, values));
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&["\"7\""]).unwrap(), Some(Version(7)));
        for wrong in [
            "7",
            "\"\"",
            "*",
            "W/\"7\"",
            "\"7\", \"8\"",
            "\"+7\"",
            "\"-7\"",
            "\"07\"",
            "\"9007199254740992\"",
        ] {
            assert_eq!(read(&[wrong]).unwrap_err().code(), Code::MalformedHeader, "{wrong}");
        }
        assert!(read(&["\"7\"", "\"7\""]).is_err());
    }

    #[test]
    fn the_id_of_an_event_is_its_position() {
        let name = HeaderName::from_static("last-event-id");
        let read = |values: &[&str]| last_event_id(&headers(name.clone(), values));
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&["7"]).unwrap(), Some(Position(7)));
        for wrong in ["", "-7", "+7", "x", "99999999999999999999"] {
            assert_eq!(read(&[wrong]).unwrap_err().code(), Code::MalformedHeader, "{wrong}");
        }
        assert!(read(&["7", "8"]).is_err());
    }

    #[test]
    fn a_key_has_1_to_128_visible_characters() {
        let read = |value: &str| {
            idempotency_key(&headers(IDEMPOTENCY_KEY, &[value])).map(|key| key.map(str::to_owned))
        };
        assert_eq!(read("a-1").unwrap().as_deref(), Some("a-1"));
        assert!(read(&"k".repeat(128)).is_ok());
        for wrong in ["", "a b", "é", &"k".repeat(129)] {
            assert_eq!(read(wrong).unwrap_err().code(), Code::MalformedHeader, "{wrong}");
        }
    }
}
