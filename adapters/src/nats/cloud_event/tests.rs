//! What a subscriber receives, byte by byte.

use super::*;
use domain::{Position, Version, ids::EventId};
use serde_json::{Value, json};
use uuid::Uuid;

const ORGANIZATION: &str = "0193aaaa-0000-7000-8000-000000000001";
const OTHER: &str = "0193aaaa-0000-7000-8000-000000000002";
const NODE: &str = "0193bbbb-0000-5000-8000-000000000003";

fn labeled(tags: &[&str]) -> Stored {
    Stored {
        position: Position(42),
        id: EventId(Uuid::from_u128(7)),
        stream: format!("node:{NODE}"),
        version: Version(3),
        r#type: "NodeLabeled".to_owned(),
        schema_version: 1,
        data: r#"{"key":"gpu","value":"no"}"#.to_owned(),
        metadata: r#"{"actor":"0193cccc-0000-7000-8000-000000000004"}"#.to_owned(),
        tags: serde_json::to_string(tags).unwrap(),
        recorded_at: "2026-03-01T12:00:00.000120Z".parse().unwrap(),
        leaf_hash: [0; 32],
    }
}

#[test]
fn an_event_of_one_organization_is_published_under_it() {
    let event = labeled(&["cluster:1", &format!("organization:{ORGANIZATION}"), "node:3"]);
    let expected = format!("berth.v1.{ORGANIZATION}.node.{NODE}.NodeLabeled");
    assert_eq!(subject(&event).unwrap(), expected);
}

#[test]
fn an_event_of_none_or_of_two_organizations_is_published_under_none() {
    let none = format!("berth.v1._.node.{NODE}.NodeLabeled");
    assert_eq!(subject(&labeled(&["node:3"])).unwrap(), none);
    let two = [format!("organization:{ORGANIZATION}"), format!("organization:{OTHER}")];
    assert_eq!(subject(&labeled(&[&two[0], &two[1]])).unwrap(), none);
}

#[test]
fn no_text_becomes_a_wildcard_or_a_second_token() {
    let event = Stored {
        stream: "no.de:a*b>".to_owned(),
        r#type: "Node Labeled".to_owned(),
        ..labeled(&[])
    };
    assert_eq!(subject(&event).unwrap(), "berth.v1._.no_de.a_b_.Node_Labeled");
    let nameless = Stored { stream: String::new(), ..labeled(&[]) };
    assert_eq!(subject(&nameless).unwrap(), "berth.v1._._._.NodeLabeled");
}

#[test]
fn the_body_is_a_cloud_event_around_the_event_object() {
    let event = labeled(&["node:3"]);
    let envelope = envelope(&source("paris"), &event).unwrap();
    let body: Value = serde_json::from_slice(&envelope.payload).unwrap();
    assert_eq!(
        body,
        json!({
            "specversion": "1.0",
            "id": event.id.to_string(),
            "source": "/berth/paris",
            "type": "berth.NodeLabeled",
            "subject": event.stream,
            "time": "2026-03-01T12:00:00.000120Z",
            "datacontenttype": "application/json",
            "sequence": "0000000000000000042",
            "data": serde_json::to_value(EventJson(&event)).unwrap(),
        })
    );
    let text = std::str::from_utf8(&envelope.payload).unwrap();
    assert!(text.contains(&serde_json::to_string(&EventJson(&event)).unwrap()), "byte for byte");
}

#[test]
fn the_headers_say_the_same_as_the_body() {
    let envelope = envelope(&source("paris"), &labeled(&[])).unwrap();
    let body: Value = serde_json::from_slice(&envelope.payload).unwrap();
    for attribute in ["specversion", "id", "source", "type", "subject", "time", "sequence"] {
        let header = envelope.headers.get(format!("ce-{attribute}").as_str()).unwrap();
        assert_eq!(header.as_str(), body[attribute].as_str().unwrap(), "{attribute}");
    }
    assert_eq!(envelope.headers.get("Content-Type").unwrap().as_str(), CONTENT_TYPE);
    assert_eq!(envelope.headers.get("Nats-Msg-Id").unwrap().as_str(), body["id"]);
    assert_eq!(envelope.headers.get("Berth-Position").unwrap().as_str(), "42");
}

/// Every event that was ever written, as a subscriber sees it and as it is described to them.
#[test]
fn every_event_is_published_where_the_document_says() {
    let read = |path: &str| {
        let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let document: Value = serde_json::from_str(&read("api/asyncapi.json")).unwrap();
    for r#type in domain::Event::types() {
        let golden = read(&format!("tests/golden/events/{type}.1.json"));
        let golden: Value = serde_json::from_str(&golden).unwrap();
        let (stream, tags) = (golden["stream"].as_str().unwrap(), &golden["tags"]);
        let (aggregate, id) = stream.split_once(':').unwrap();
        let tags: Vec<&str> = tags.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let mut organizations = tags.iter().filter_map(|tag| tag.strip_prefix("organization:"));
        let organization = organizations.next().unwrap_or("_");
        assert_eq!(organizations.next(), None, "{type} is of one organization, or of none");
        let event = Stored {
            stream: stream.to_owned(),
            r#type: r#type.to_owned(),
            data: golden["data"].to_string(),
            ..labeled(&tags)
        };
        let expected = format!("berth.v1.{organization}.{aggregate}.{id}.{type}");
        let envelope = envelope(&source("paris"), &event).unwrap();
        assert_eq!(envelope.subject, expected);

        let channel = &document["channels"][aggregate];
        let types = &channel["parameters"]["type"]["enum"];
        assert!(types.as_array().unwrap().contains(&json!(r#type)), "{type} has no channel");
        assert!(channel["messages"][r#type].is_object(), "{type} is no message of its channel");
        let address = channel["address"].as_str().unwrap();
        let filled = [("organization", organization), ("id", id), ("type", r#type)];
        let described = filled.iter().fold(address.to_owned(), |address, (name, value)| {
            address.replace(&format!("{{{name}}}"), value)
        });
        assert_eq!(envelope.subject, described, "{type} is published elsewhere than described");
    }
}
