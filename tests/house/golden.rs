//! One golden event per type and version that was ever written: it must load for ever.
//!
//! A file is the canonical JSON (RFC 8785) of an event's data, type, schema version, stream and
//! tags, and a line feed. To add one for a new event, write it by hand with every optional field
//! present: the test says what it should have been.

use crate::sources::{expect_none, root};
use domain::{
    Aggregate, Event, StreamId,
    access::Access,
    certificate::Certificate,
    cluster::Cluster,
    ids::{
        CertificateId, ClusterId, ImageId, NodeId, OrganizationId, PrincipalId, ProfileId,
        ProviderId, SecretId, WorkloadId,
    },
    image::Image,
    node::Node,
    node_observation::NodeObservation,
    organization::Organization,
    profile::Profile,
    provider::Provider,
    secret::Secret,
    secret_observation::SecretObservation,
    workload::Workload,
    workload_observation::WorkloadObservation,
};
use serde::{Deserialize, Serialize};
use serde_json::{Deserializer, Value, value::RawValue};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// An event without what only the log knows of it. The fields stand in canonical order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    data: Box<RawValue>,
    schema_version: i16,
    stream: String,
    tags: Vec<String>,
    r#type: String,
}

impl Golden {
    fn event(&self) -> Event {
        let mut data = Deserializer::from_str(self.data.get());
        Event::decode(&self.r#type, self.schema_version, &mut data)
            .unwrap_or_else(|error| panic!("{} no longer loads: {error}", self.file()))
    }

    fn stream(&self) -> StreamId {
        self.stream.parse().unwrap()
    }

    fn file(&self) -> String {
        format!("{}.{}.json", self.r#type, self.schema_version)
    }
}

/// The golden events with the names and the exact texts of their files.
fn all() -> Vec<(String, String, Golden)> {
    let directory = root().join("tests/golden/events");
    let mut files: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let file = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let golden = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
            (file, text, golden)
        })
        .collect()
}

/// What the code of today would write for the event.
fn rewritten(golden: &Golden) -> String {
    let event = golden.event();
    let today = Golden {
        data: serde_json::value::to_raw_value(&event).unwrap(),
        schema_version: golden.schema_version,
        stream: golden.stream().to_string(),
        tags: tags(golden.stream(), &event),
        r#type: golden.r#type.clone(),
    };
    let written = serde_json::to_string(&today).unwrap();
    let value: Value = serde_json::from_str(&written).unwrap();
    let canonical = serde_json_canonicalizer::to_string(&value).unwrap();
    assert_eq!(written, canonical, "the fields of {} are out of order", golden.r#type);
    canonical + "\n"
}

fn tags(stream: StreamId, event: &Event) -> Vec<String> {
    let tags = match event {
        Event::Certificate(event) => Certificate::tags(CertificateId(stream.id), event),
        Event::Cluster(event) => Cluster::tags(ClusterId(stream.id), event),
        Event::Access(event) => Access::tags(PrincipalId(stream.id), event),
        Event::Image(event) => Image::tags(ImageId(stream.id), event),
        Event::Node(event) => Node::tags(NodeId(stream.id), event),
        Event::NodeObservation(event) => NodeObservation::tags(NodeId(stream.id), event),
        Event::Organization(event) => Organization::tags(OrganizationId(stream.id), event),
        Event::Profile(event) => Profile::tags(ProfileId(stream.id), event),
        Event::Provider(event) => Provider::tags(ProviderId(stream.id), event),
        Event::Secret(event) => Secret::tags(SecretId(stream.id), event),
        Event::SecretObservation(event) => SecretObservation::tags(SecretId(stream.id), event),
        Event::Workload(event) => Workload::tags(WorkloadId(stream.id), event),
        Event::WorkloadObservation(event) => {
            WorkloadObservation::tags(WorkloadId(stream.id), event)
        }
    };
    tags.iter().map(|tag| tag.as_str().to_owned()).collect()
}

/// The table in the README of `domain`: type → (kind of stream, kinds of tags).
fn promised() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let readme = fs::read_to_string(root().join("domain/README.md")).unwrap();
    let rows = readme.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(|cell| cell.trim().replace('`', "")).collect();
        let [_, r#type, stream, tags, _] = cells.as_slice() else { return None };
        let tags = tags.split(", ").map(str::to_owned).collect();
        Event::types().contains(&r#type.as_str()).then(|| (r#type.clone(), (stream.clone(), tags)))
    });
    rows.collect()
}

#[test]
fn every_event_has_a_golden_file() {
    let there: BTreeSet<String> = all().into_iter().map(|(_, _, golden)| golden.r#type).collect();
    let missing: Vec<String> = Event::types()
        .into_iter()
        .filter(|r#type| !there.contains(*r#type))
        .map(|r#type| format!("tests/golden/events/{type}.1.json is missing"))
        .collect();
    expect_none("Every event type has a golden file:", &missing);
}

#[test]
fn a_golden_event_loads_and_is_written_as_it_was() {
    for (file, text, golden) in all() {
        assert_eq!(file, golden.file(), "a golden file is named by type and version");
        // An old version is read, not written.
        if golden.event().schema_version() == golden.schema_version {
            assert_eq!(text, rewritten(&golden), "{file}");
        }
    }
}

#[test]
fn tags_are_as_the_readme_of_domain_promises() {
    let promised = promised();
    let listed: BTreeSet<&str> = promised.keys().map(String::as_str).collect();
    assert_eq!(listed, Event::types().into_iter().collect(), "domain/README.md lists each event");
    for (file, _, golden) in all() {
        let (stream, tags) = &promised[&golden.r#type];
        let kind = |text: &String| text.split(':').next().unwrap().to_owned();
        assert_eq!(*stream, kind(&golden.stream), "{file}: stream");
        assert_eq!(*tags, golden.tags.iter().map(kind).collect(), "{file}: tags");
    }
}
