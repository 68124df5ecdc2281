//! What one event looks like on NATS: subject, headers and structured `CloudEvents` 1.0 JSON.
//!
//! Pure, and total but for bytes that are no JSON: an event that today's code cannot read is
//! published like any other, or it would be a hole for every subscriber.

use crate::event_json::EventJson;
use async_nats::HeaderMap;
use bytes::Bytes;
use domain::recorded::Stored;
use serde::Serialize;

/// Says that the body is a whole `CloudEvent`, not only its data.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";
/// The header with the event's place in the log.
pub const POSITION: &str = "Berth-Position";
/// The header by which the relay knows its own messages.
pub const SOURCE: &str = "ce-source";

const SUBJECT_PREFIX: &str = "berth.v1";
/// Where a subject has an organization and the event has none, or several.
const NO_ORGANIZATION: &str = "_";

/// A message that is ready to be published.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// `berth.v1.<organization id or _>.<aggregate>.<id>.<EventType>`
    pub subject: String,
    /// `Nats-Msg-Id`, the position, and the attributes of the `CloudEvent` once more.
    pub headers: HeaderMap,
    /// The `CloudEvent`.
    pub payload: Bytes,
}

/// The attributes of a `CloudEvent`; `sequence` is an extension that others know as well.
#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: &'a str,
    r#type: String,
    subject: &'a str,
    time: String,
    datacontenttype: &'static str,
    sequence: String,
    data: EventJson<'a>,
}

/// The `source` of every event of one instance.
#[must_use]
pub fn source(instance: &str) -> String {
    format!("/berth/{instance}")
}

/// The message for one event. `source` is made by [`source`].
///
/// # Errors
/// Where the stored bytes are no JSON, which the log's columns rule out.
pub fn envelope(source: &str, event: &Stored) -> serde_json::Result<Envelope> {
    let cloud_event = CloudEvent {
        specversion: "1.0",
        id: event.id.to_string(),
        source,
        r#type: format!("berth.{}", event.r#type),
        subject: &event.stream,
        time: event.recorded_at.to_string(),
        datacontenttype: "application/json",
        // Nineteen digits hold every `i64`, so text order is log order for every position that can
        // ever be.
        sequence: format!("{:019}", event.position.0),
        data: EventJson(event),
    };
    Ok(Envelope {
        subject: subject(event)?,
        headers: headers(&cloud_event, event),
        payload: serde_json::to_vec(&cloud_event)?.into(),
    })
}

fn headers(cloud_event: &CloudEvent<'_>, event: &Stored) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("Content-Type", CONTENT_TYPE);
    headers.insert("ce-specversion", cloud_event.specversion);
    headers.insert("ce-id", cloud_event.id.as_str());
    headers.insert(SOURCE, cloud_event.source);
    headers.insert("ce-type", cloud_event.r#type.as_str());
    headers.insert("ce-subject", cloud_event.subject);
    headers.insert("ce-time", cloud_event.time.as_str());
    headers.insert("ce-datacontenttype", cloud_event.datacontenttype);
    headers.insert("ce-sequence", cloud_event.sequence.as_str());
    headers.insert(async_nats::header::NATS_MESSAGE_ID, cloud_event.id.as_str());
    headers.insert(POSITION, event.position.to_string().as_str());
    headers
}

/// The subject of one event.
///
/// # Errors
/// Where the tags are no JSON array of texts.
pub fn subject(event: &Stored) -> serde_json::Result<String> {
    let (aggregate, id) = event.stream.split_once(':').unwrap_or((&event.stream, ""));
    let organization = organization(&event.tags)?;
    let tokens = [organization.as_deref().unwrap_or(NO_ORGANIZATION), aggregate, id, &event.r#type];
    let tokens = tokens.map(token).join(".");
    Ok(format!("{SUBJECT_PREFIX}.{tokens}"))
}

/// The only organization that the event touched. With two, a broker that permits one organization
/// must not show what happened to the other.
fn organization(tags: &str) -> serde_json::Result<Option<String>> {
    let tags: Vec<String> = serde_json::from_str(tags)?;
    let mut ids = tags.iter().filter_map(|tag| tag.strip_prefix("organization:"));
    let first = ids.next().map(str::to_owned);
    Ok(if ids.next().is_some() { None } else { first })
}

/// A name as one token of a subject. Ids, kinds and types are such tokens already; another text
/// must not become a wildcard or a second token.
fn token(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match text {
        "" => "_".to_owned(),
        text => text.chars().map(|c| if plain(c) { c } else { '_' }).collect(),
    }
}

#[cfg(test)]
mod tests;
