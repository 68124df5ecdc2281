//! The JSON Schema of an event: the envelope that every event has, around the data of its type.
//!
//! Draft 7, which every validator knows, and which an `AsyncAPI` document takes as it is.

use domain::{Event, metadata::Metadata};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// The dialect.
const DRAFT: &str = "http://json-schema.org/draft-07/schema#";
/// A UUID as it is written in names of streams and in tags.
const UUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
/// The largest whole number that every reader of JSON keeps.
const EXACT_MAX: i64 = 9_007_199_254_740_991;

/// Describes what Berth writes, each type where it is used.
fn generator() -> SchemaGenerator {
    let mut settings = SchemaSettings::draft07().for_serialize();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    settings.into_generator()
}

/// The schema of an event of a type in the version that this program writes.
pub(super) fn of(r#type: &str, version: i16) -> Value {
    let mut document = Map::from_iter([
        ("$schema".to_owned(), json!(DRAFT)),
        ("$id".to_owned(), json!(format!("/schemas/events/{type}/{version}"))),
    ]);
    document.extend(envelope(r#type, version));
    Value::Object(document)
}

/// The same without its address, to stand within another document.
pub(super) fn envelope(r#type: &str, version: i16) -> Map<String, Value> {
    let mut generator = generator();
    let metadata = generator.subschema_for::<Metadata>();
    let mut data = Event::schema(r#type, &mut generator).expect("a schema").to_value();
    let kind = Event::kind(r#type).expect("a kind of stream");
    let about = data.as_object_mut().and_then(|data| data.remove("description"));
    exact(&mut data);
    let number = json!({"type": "integer", "minimum": 1, "maximum": EXACT_MAX});
    let described = |mut schema: Value, about: &str| {
        schema["description"] = json!(about);
        schema
    };
    let tag = format!("^[a-z_]+:{UUID}$");
    let properties = json!({
        "position": described(number.clone(), "Its place in the log: 1, 2, 3 … without holes"),
        "id": {"type": "string", "format": "uuid"},
        "stream": {"type": "string", "pattern": format!("^{}:{UUID}$", kind.as_str())},
        "version": described(number, "Its place in its stream"),
        "type": {"const": r#type},
        "schema_version": {"const": version},
        "data": data,
        "metadata": metadata,
        "tags": {"type": "array", "items": {"type": "string", "pattern": tag}, "uniqueItems": true},
        "recorded_at": generator.subschema_for::<domain::Timestamp>(),
        "leaf_hash": {
            "type": "string", "pattern": "^[0-9a-f]{64}$",
            "description": "SHA-256(0x00 ‖ RFC 8785 JSON of the other ten fields)",
        },
    });
    let names: Vec<String> = properties.as_object().expect("fields").keys().cloned().collect();
    let mut schema = Map::new();
    schema.insert("title".to_owned(), json!(r#type));
    schema.extend(about.map(|about| ("description".to_owned(), about)));
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("required".to_owned(), json!(names));
    schema.insert("properties".to_owned(), properties);
    schema
}

/// Takes away what is a detail of the program: formats of numbers that only Rust knows.
fn exact(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            let known = ["date-time", "uuid"];
            if object.get("format").and_then(Value::as_str).is_some_and(|it| !known.contains(&it)) {
                object.remove("format");
            }
            object.values_mut().for_each(exact);
        }
        Value::Array(items) => items.iter_mut().for_each(exact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
