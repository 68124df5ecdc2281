//! What a token says, once its signature was verified: checked without I/O.

use super::Error;
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far two clocks may be apart.
const LEEWAY: Duration = Duration::from_secs(30);
/// The longest subject, in bytes (`OpenID` Connect Core 1.0, section 2).
const SUBJECT_BYTES_MAX: usize = 255;
/// The longest name that is kept, in characters.
const NAME_CHARACTERS_MAX: usize = 100;

/// What a valid token says of its bearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Who it is, to the provider.
    pub subject: String,
    /// What to call it.
    pub name: String,
    /// Its e-mail address.
    pub email: Option<String>,
    /// How long the token is still valid.
    pub expires_in: Duration,
    /// Everything that it says.
    all: Map<String, Value>,
}

/// Whose tokens are accepted, and for whom they must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) audience: &'a str,
}

impl Claims {
    /// Whether a claim is this value, or a list with it. `a.b` is the member `b` of `a`, unless
    /// there is a claim of this very name.
    #[must_use]
    pub fn has(&self, claim: &str, value: &str) -> bool {
        let named = self.all.get(claim).or_else(|| {
            let mut steps = claim.split('.');
            let first = self.all.get(steps.next()?)?;
            steps.try_fold(first, |inner, step| inner.get(step))
        });
        match named {
            Some(Value::String(text)) => text == value,
            Some(Value::Array(values)) => values.iter().any(|one| one.as_str() == Some(value)),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
                false
            }
        }
    }
}

/// Checks for whom and for how long the token is.
pub(super) fn check(
    all: Map<String, Value>,
    expected: &Expected<'_>,
    now: SystemTime,
) -> Result<Claims, Error> {
    let text = |name: &str| all.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err(Error::Invalid("it is of another issuer"));
    }
    let meant = match all.get("aud") {
        Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(expected.audience)),
        Some(one) => one.as_str() == Some(expected.audience),
        None => false,
    };
    if !meant {
        return Err(Error::Invalid("it is for somebody else"));
    }
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let end = seconds(all.get("exp")).ok_or(Error::Invalid("it never expires"))?;
    let expires_in = (end + LEEWAY).checked_sub(now).filter(|rest| !rest.is_zero());
    let expires_in = expires_in.ok_or(Error::Invalid("it has expired"))?;
    if let Some(begin) = all.get("nbf") {
        let begin = seconds(Some(begin)).ok_or(Error::Invalid("`nbf` is no time"))?;
        if begin > now + LEEWAY {
            return Err(Error::Invalid("it is not valid yet"));
        }
    }
    let subject = text("sub").filter(|subject| (1..=SUBJECT_BYTES_MAX).contains(&subject.len()));
    let subject = subject.ok_or(Error::Invalid("it says nobody"))?.to_owned();
    let shown = ["name", "preferred_username", "email"].into_iter().find_map(text);
    let name = shown.filter(|name| !name.is_empty()).unwrap_or(&subject);
    let name = name.chars().filter(|c| !c.is_control()).take(NAME_CHARACTERS_MAX).collect();
    let email = text("email").map(str::to_owned);
    Ok(Claims { subject, name, email, expires_in, all })
}

/// A time in seconds; fractions are cut.
fn seconds(value: Option<&Value>) -> Option<Duration> {
    let value = value?;
    let whole = value.as_u64().or_else(|| {
        let cut = value.as_f64().filter(|number| *number >= 0.0 && *number < 1e15)?;
        format!("{:.0}", cut.floor()).parse().ok()
    });
    whole.map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: u64 = 1_800_000_000;

    fn of(change: Value) -> Result<Claims, &'static str> {
        let mut all = json!({
            "iss": "https://login.example", "aud": "berth", "exp": NOW + 60, "sub": "robin",
        });
        for (name, value) in change.as_object().unwrap() {
            all[name] = value.clone();
        }
        let expected = Expected { issuer: "https://login.example", audience: "berth" };
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        check(all.as_object().unwrap().clone(), &expected, now).map_err(|error| match error {
            Error::Invalid(why) => why,
            Error::Unavailable(_) | Error::Paused => panic!("nobody was asked"),
        })
    }

    #[test]
    fn a_token_for_berth_that_is_valid_now_is_accepted() {
        let claims = of(json!({ "nbf": NOW, "aud": ["other", "berth"] })).unwrap();
        assert_eq!((claims.subject.as_str(), claims.name.as_str()), ("robin", "robin"));
        assert_eq!(claims.expires_in, Duration::from_secs(90));
        let named = of(json!({ "name": "Robin", "email": "robin@example.org" })).unwrap();
        assert_eq!(
            (named.name.as_str(), named.email.as_deref()),
            ("Robin", Some("robin@example.org"))
        );
    }

    #[test]
    fn every_other_token_is_refused() {
        for (change, why) in [
            (json!({ "iss": "https://login.example/" }), "it is of another issuer"),
            (json!({ "iss": null }), "it is of another issuer"),
            (json!({ "aud": "other" }), "it is for somebody else"),
            (json!({ "aud": ["other"] }), "it is for somebody else"),
            (json!({ "aud": null }), "it is for somebody else"),
            (json!({ "exp": null }), "it never expires"),
            (json!({ "exp": "soon" }), "it never expires"),
            (json!({ "exp": -1 }), "it never expires"),
            (json!({ "exp": NOW - 30 }), "it has expired"),
            (json!({ "nbf": NOW + 31 }), "it is not valid yet"),
            (json!({ "nbf": "later" }), "`nbf` is no time"),
            (json!({ "sub": null }), "it says nobody"),
            (json!({ "sub": "" }), "it says nobody"),
            (json!({ "sub": "x".repeat(256) }), "it says nobody"),
        ] {
            assert_eq!(of(change.clone()).unwrap_err(), why, "{change}");
        }
        assert!(of(json!({ "exp": NOW - 29, "nbf": NOW + 30 })).is_ok(), "clocks differ a little");
        assert!(of(json!({ "exp": (NOW as f64) + 0.5 })).is_ok());
    }

    #[test]
    fn a_claim_is_a_text_a_list_or_within_another() {
        let claims = of(json!({
            "team": "blue", "groups": ["a", "b"], "realm": { "roles": ["c"] }, "x.y": "d", "n": 7,
        }))
        .unwrap();
        for (claim, value) in
            [("team", "blue"), ("groups", "b"), ("realm.roles", "c"), ("x.y", "d")]
        {
            assert!(claims.has(claim, value), "{claim}");
        }
        for (claim, value) in
            [("team", "Blue"), ("groups", "c"), ("realm", "roles"), ("n", "7"), ("none", "a")]
        {
            assert!(!claims.has(claim, value), "{claim}");
        }
    }
}
