//! What is committed and served is what the types say.

use super::{ASYNCAPI, SCHEMAS, asyncapi, schema};
use domain::Event;
use serde_json::Value;
use std::{collections::BTreeSet, env, fs, path::PathBuf};

/// Set, it lets the test write the committed documents anew.
const UPDATE: &str = "BERTH_UPDATE_CONTRACTS";

/// Every event with the version that is written today.
fn events() -> Vec<(&'static str, i16)> {
    let mut events: Vec<_> =
        Event::types().into_iter().map(|name| (name, domain::event::SCHEMA_VERSION)).collect();
    events.sort_unstable();
    events
}

fn here(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn pretty(document: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(document).unwrap())
}

#[test]
fn the_committed_contracts_are_what_the_types_say() {
    let mut documents = vec![(here("asyncapi.json"), pretty(&asyncapi::document(&events())))];
    documents.extend(events().into_iter().map(|(name, version)| {
        let file = here(&format!("schemas/events/{name}.{version}.json"));
        (file, pretty(&schema::of(name, version)))
    }));
    if env::var_os(UPDATE).is_some() {
        fs::create_dir_all(here("schemas/events")).unwrap();
        for (file, document) in documents {
            fs::write(file, document).unwrap();
        }
        return;
    }
    for (file, document) in documents {
        let committed = fs::read_to_string(&file).unwrap_or_default();
        let file = file.display();
        assert!(committed == document, "{file} is out of date: set {UPDATE}=1 and run again");
    }
}

#[test]
fn every_event_has_its_schema_and_no_schema_is_of_nothing() {
    let served: BTreeSet<_> = SCHEMAS.iter().map(|(name, version, _)| (*name, *version)).collect();
    assert_eq!(served.len(), SCHEMAS.len());
    let written: BTreeSet<_> = events().into_iter().collect();
    assert_eq!(served.difference(&written).next(), None, "of an event that nobody writes");
    assert_eq!(written.difference(&served).next(), None, "set {UPDATE}=1 and run again");
    for (name, version, text) in SCHEMAS {
        let schema: Value = serde_json::from_str(text).unwrap();
        assert_eq!(schema["$id"], format!("/schemas/events/{name}/{version}"));
        assert_eq!(super::schema(name, *version), Some(*text));
    }
    assert_eq!(super::schema("NodeLabeled", 0), None);
    assert!(ASYNCAPI.contains("\"asyncapi\": \"3.0.0\""));
}
