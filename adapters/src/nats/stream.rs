//! The stream that holds the published events: what it must be, and what an operator may choose.
//!
//! Subjects, storage, retention and the two denials are part of what subscribers are promised; a
//! stream that differs in them is not touched, and the relay says what differs. Age, size and
//! discard policy are the operator's, and follow the configuration. Everything else, such as
//! replicas and placement, is left as it was found.

use async_nats::jetstream::{
    self,
    context::{CreateStreamError, CreateStreamErrorKind, GetStreamError, GetStreamErrorKind},
    stream::{Config, DiscardPolicy, RetentionPolicy, StorageType},
};
use std::{fmt, time::Duration};
use tracing::info;

/// The stream's name.
pub const NAME: &str = "BERTH_EVENTS";
/// Exactly the shape of the subjects that the relay makes.
pub const SUBJECTS: &str = "berth.v1.*.*.*.*";
/// How long the broker remembers the ids of messages, so that one sent twice is stored once.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);
/// What `JetStream` calls "no limit".
const UNLIMITED: i64 = -1;

/// What goes when a limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discard {
    /// The oldest events go; they stay in the log.
    Old,
    /// Nothing goes, and the relay stops with an alarm until there is room.
    New,
}

/// What an operator may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long an event stays.
    pub max_age: Duration,
    /// How many bytes the stream keeps.
    pub max_bytes: u64,
    /// What goes when it is full.
    pub discard: Discard,
}

/// One thing in which the stream is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The key of the stream's configuration.
    pub key: &'static str,
    /// What it must be.
    pub wanted: String,
    /// What it is.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is {} and must be {}", self.key, self.found, self.wanted)
    }
}

/// Why there is no stream to publish to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The broker did not answer.
    #[error("NATS did not answer while trying to {0}")]
    Unreachable(&'static str, #[source] async_nats::Error),
    /// The broker answered with a refusal.
    #[error("NATS refused to {0}")]
    Refused(&'static str, #[source] jetstream::Error),
    /// The stream is there, and is another one.
    #[error("the stream {NAME} is not what it must be")]
    Differs(Vec<Difference>),
}

/// Finds the stream, and sees that it is what it must be.
///
/// # Errors
/// See [`Error`].
pub async fn find(
    jetstream: &jetstream::Context,
    limits: &Limits,
) -> Result<Option<jetstream::stream::Stream>, Error> {
    match jetstream.get_stream(NAME).await {
        Ok(stream) => check(jetstream, limits, stream).await.map(Some),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(from_get(error)),
    }
}

/// Makes the stream. One that is there already is as good, if it is what it must be.
///
/// # Errors
/// See [`Error`].
pub async fn make(
    jetstream: &jetstream::Context,
    limits: &Limits,
) -> Result<jetstream::stream::Stream, Error> {
    info!("creating the stream {NAME}");
    let stream = jetstream.create_stream(config(limits)).await;
    check(jetstream, limits, stream.map_err(|e| from_create("create it", e))?).await
}

async fn check(
    jetstream: &jetstream::Context,
    limits: &Limits,
    stream: jetstream::stream::Stream,
) -> Result<jetstream::stream::Stream, Error> {
    let (wanted, found) = (config(limits), &stream.cached_info().config);
    let differences = differences(&wanted, found);
    if !differences.is_empty() {
        return Err(Error::Differs(differences));
    }
    if let Some(changed) = with_limits_of(&wanted, found) {
        info!("changing age, size or discard policy of the stream {NAME} to the configured ones");
        jetstream.update_stream(&changed).await.map_err(|e| from_create("change its limits", e))?;
    }
    Ok(stream)
}

fn config(limits: &Limits) -> Config {
    Config {
        name: NAME.to_owned(),
        description: Some("The events of Berth, in the order of its log".to_owned()),
        subjects: vec![SUBJECTS.to_owned()],
        storage: StorageType::File,
        retention: RetentionPolicy::Limits,
        discard: match limits.discard {
            Discard::Old => DiscardPolicy::Old,
            Discard::New => DiscardPolicy::New,
        },
        max_age: limits.max_age,
        max_bytes: i64::try_from(limits.max_bytes).unwrap_or(i64::MAX),
        max_messages: UNLIMITED,
        max_messages_per_subject: UNLIMITED,
        max_consumers: -1,
        num_replicas: 1,
        // The broker refuses a window that is longer than the life of a message.
        duplicate_window: DUPLICATE_WINDOW.min(limits.max_age),
        deny_delete: true,
        deny_purge: true,
        ..Config::default()
    }
}

/// What a subscriber was promised and does not get from this stream.
fn differences(wanted: &Config, found: &Config) -> Vec<Difference> {
    let mut all = vec![];
    let mut compare = |key, wanted: String, found: String| {
        if wanted != found {
            all.push(Difference { key, wanted, found });
        }
    };
    compare("subjects", format!("{:?}", wanted.subjects), format!("{:?}", found.subjects));
    compare("storage", format!("{:?}", wanted.storage), format!("{:?}", found.storage));
    compare("retention", format!("{:?}", wanted.retention), format!("{:?}", found.retention));
    compare("deny_delete", wanted.deny_delete.to_string(), found.deny_delete.to_string());
    compare("deny_purge", wanted.deny_purge.to_string(), found.deny_purge.to_string());
    compare("allow_rollup_hdrs", wanted.allow_rollup.to_string(), found.allow_rollup.to_string());
    compare("no_ack", wanted.no_ack.to_string(), found.no_ack.to_string());
    compare("sealed", wanted.sealed.to_string(), found.sealed.to_string());
    compare(
        "max_msgs_per_subject",
        unlimited(wanted.max_messages_per_subject),
        unlimited(found.max_messages_per_subject),
    );
    let sources = found.mirror.is_some() || found.sources.as_ref().is_some_and(|s| !s.is_empty());
    compare("mirror or sources", false.to_string(), sources.to_string());
    all
}

/// Zero and below both mean that there is no limit.
fn unlimited(limit: i64) -> String {
    if limit <= 0 { "unlimited".to_owned() } else { limit.to_string() }
}

/// The found configuration with the limits of the wanted one, where they differ.
fn with_limits_of(wanted: &Config, found: &Config) -> Option<Config> {
    let changed = Config {
        max_age: wanted.max_age,
        max_bytes: wanted.max_bytes,
        discard: wanted.discard,
        duplicate_window: wanted.duplicate_window,
        ..found.clone()
    };
    (changed != *found).then_some(changed)
}

fn is_missing(error: &GetStreamError) -> bool {
    let missing = jetstream::ErrorCode::STREAM_NOT_FOUND;
    matches!(error.kind(), GetStreamErrorKind::JetStream(e) if e.error_code() == missing)
}

fn from_get(error: GetStreamError) -> Error {
    match error.kind() {
        GetStreamErrorKind::JetStream(refusal) => Error::Refused("look it up", refusal),
        GetStreamErrorKind::EmptyName
        | GetStreamErrorKind::Request
        | GetStreamErrorKind::InvalidStreamName => Error::Unreachable("look it up", error.into()),
    }
}

fn from_create(tried: &'static str, error: CreateStreamError) -> Error {
    match error.kind() {
        CreateStreamErrorKind::JetStream(refusal) => Error::Refused(tried, refusal),
        CreateStreamErrorKind::EmptyStreamName
        | CreateStreamErrorKind::InvalidStreamName
        | CreateStreamErrorKind::DomainAndExternalSet
        | CreateStreamErrorKind::JetStreamUnavailable
        | CreateStreamErrorKind::TimedOut
        | CreateStreamErrorKind::Response
        | CreateStreamErrorKind::NotFound
        | CreateStreamErrorKind::ResponseParse => Error::Unreachable(tried, error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { max_age: Duration::from_secs(3_600), max_bytes: 1 << 20, discard: Discard::Old };

    #[test]
    fn a_stream_that_was_just_made_does_not_differ() {
        let config = config(&LIMITS);
        assert_eq!(differences(&config, &config), []);
        assert_eq!(with_limits_of(&config, &config), None);
    }

    #[test]
    fn a_difference_names_the_key_and_both_values() {
        let wanted = config(&LIMITS);
        let found =
            Config { subjects: vec!["berth.>".to_owned()], deny_purge: false, ..wanted.clone() };
        let said: Vec<_> = differences(&wanted, &found).iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                r#"`subjects` is ["berth.>"] and must be ["berth.v1.*.*.*.*"]"#,
                "`deny_purge` is false and must be true"
            ]
        );
    }

    #[test]
    fn limits_follow_the_configuration_and_the_rest_is_left_alone() {
        let found = Config { num_replicas: 3, ..config(&LIMITS) };
        let wanted = config(&Limits { max_bytes: 1 << 30, discard: Discard::New, ..LIMITS });
        assert_eq!(differences(&wanted, &found), []);
        let changed = with_limits_of(&wanted, &found).unwrap();
        assert_eq!((changed.num_replicas, changed.max_bytes), (3, 1 << 30));
        assert_eq!(changed.discard, DiscardPolicy::New);
    }

    #[test]
    fn the_window_for_duplicates_is_never_longer_than_the_life_of_a_message() {
        let short = Limits { max_age: Duration::from_secs(2), ..LIMITS };
        assert_eq!(config(&short).duplicate_window, Duration::from_secs(2));
        assert_eq!(config(&LIMITS).duplicate_window, DUPLICATE_WINDOW);
    }
}
