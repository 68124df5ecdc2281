//! What is published on NATS, as an `AsyncAPI` document: subjects, headers, and a message for each
//! event.

use super::schema;
use domain::{Event, stream::Kind};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The `AsyncAPI` document.
pub(super) fn document(events: &[(&str, i16)]) -> Value {
    let mut messages = Map::new();
    let mut schemas = Map::new();
    let mut of_kind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (r#type, version) in events {
        let name = Event::kind(r#type).map_or("", Kind::as_str);
        of_kind.entry(name).or_default().push(r#type);
        schemas.insert((*r#type).to_owned(), schema::envelope(r#type, *version).into());
        messages.insert((*r#type).to_owned(), message(r#type));
    }
    let (mut channels, mut operations) = (Map::new(), Map::new());
    for (kind, types) in of_kind {
        channels.insert(kind.to_owned(), channel(kind, &types));
        operations.insert(format!("publish_{kind}"), operation(kind, &types));
    }
    schemas.insert("CloudEvent".to_owned(), cloud_event());
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Berth",
            "version": "1",
            "description": "Every event of Berth, once and in the order of the log, from the \
                JetStream stream `BERTH_EVENTS`. JetStream is a cache: what it no longer keeps is \
                read from `/v1/events`.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {
            "nats": {
                "host": "127.0.0.1:4222",
                "protocol": "nats",
                "description": "The NATS that Berth was given (`nats.url`), or its private one, \
                    whose address and credentials are in `.berth/nats/subscriber.url`.",
            },
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "schemas": schemas,
            "messages": messages,
            "messageTraits": {"published": {"headers": headers()}},
        },
    })
}

/// The subjects of one kind of stream.
fn channel(kind: &str, types: &[&str]) -> Value {
    let reference = |name: &&str| {
        let message = json!({"$ref": format!("#/components/messages/{name}")});
        ((*name).to_owned(), message)
    };
    json!({
        "address": format!("berth.v1.{{organization}}.{kind}.{{id}}.{{type}}"),
        "description": format!("What happened to streams of the kind `{kind}`."),
        "parameters": {
            "organization": {
                "description": "The only organization that the event touched, or `_`: a broker can \
                    permit the events of one organization.",
            },
            "id": {"description": "The id of the stream."},
            "type": {"description": "The stored type of the event.", "enum": types},
        },
        "messages": types.iter().map(reference).collect::<Map<_, _>>(),
    })
}

fn operation(kind: &str, types: &[&str]) -> Value {
    let reference = |name: &&str| json!({"$ref": format!("#/channels/{kind}/messages/{name}")});
    json!({
        "action": "send",
        "channel": {"$ref": format!("#/channels/{kind}")},
        "summary": format!("Berth publishes every event of the kind `{kind}`."),
        "messages": types.iter().map(reference).collect::<Vec<_>>(),
    })
}

fn message(r#type: &str) -> Value {
    json!({
        "name": r#type,
        "title": r#type,
        "contentType": "application/cloudevents+json",
        "traits": [{"$ref": "#/components/messageTraits/published"}],
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/CloudEvent"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": format!("berth.{type}")},
                        "data": {"$ref": format!("#/components/schemas/{type}")},
                    },
                },
            ],
        },
    })
}

/// A structured `CloudEvents` 1.0 message.
fn cloud_event() -> Value {
    json!({
        "title": "CloudEvent",
        "description": "CloudEvents 1.0, structured; `data` is the event as `/v1/events` shows it.",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype",
            "sequence", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "format": "uuid", "description": "The id of the event."},
            "source": {"type": "string", "pattern": "^/berth/"},
            "type": {"type": "string", "pattern": "^berth\\.[A-Za-z]+$"},
            "subject": {"type": "string", "description": "The stream: `<kind>:<id>`."},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "sequence": {
                "type": "string", "pattern": "^[0-9]{19}$",
                "description": "The position in the log; the order of texts is that of the log.",
            },
            "data": {"type": "object"},
        },
    })
}

fn headers() -> Value {
    let text = |about: &str| json!({"type": "string", "description": about});
    json!({
        "type": "object",
        "properties": {
            "Nats-Msg-Id": text("The id of the event: JetStream keeps each once."),
            "Berth-Position": text("The position in the log."),
            "Content-Type": {"const": "application/cloudevents+json"},
            "ce-specversion": {"const": "1.0"},
            "ce-id": text("As `id`."),
            "ce-source": text("As `source`."),
            "ce-type": text("As `type`."),
            "ce-subject": text("As `subject`."),
            "ce-time": text("As `time`."),
            "ce-datacontenttype": {"const": "application/json"},
            "ce-sequence": text("As `sequence`."),
        },
    })
}
