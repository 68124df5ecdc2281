//! A workload as the engine gets it, and as the engine gives it back.

use super::*;
use domain::{
    Position,
    ids::{InstanceId, OrganizationId, WorkloadId},
    testing::{
        name,
        profile::{equal, not_equal},
        secret,
    },
    workload::Epoch,
    workload_observation::{Pair, repair::Part},
};
use serde_json::json;
use uuid::Uuid;

fn mounted() -> BTreeSet<Mounted> {
    let (name, target) = (secret::name("db"), FileName::parse("key.pem").unwrap());
    [Mounted { name, target, version: 2 }].into()
}

fn ids() -> BTreeMap<String, String> {
    [("db-v2".to_owned(), "s7".to_owned())].into()
}

fn written(target: &Target) -> ServiceSpec {
    spec(target, &ids())
}

fn target() -> Target {
    let id = Uuid::from_u128;
    let which = commands::ports::cluster::workload::Which {
        workload: WorkloadId(id(0xe1)),
        organization: OrganizationId(id(0xd1)),
    };
    let spec = Spec {
        image: "localhost:1/demo:1".to_owned(),
        command: vec!["/bin/sh".to_owned(), "-c".to_owned(), "echo $(HOME)".to_owned()],
        environment: BTreeMap::from([
            ("A".to_owned(), "b=c".to_owned()),
            ("NODE".to_owned(), "{{.Node.Hostname}}".to_owned()),
        ]),
        cpu_millicores: Some(250),
        memory_bytes: Some(64 << 20),
        secrets: mounted(),
        constraints: [equal("Type", "NOGPU"), not_equal("zone", "b")].into(),
        replicas: 3,
    };
    let marker = Marker {
        instance: InstanceId(id(0xb1)),
        which,
        pair: Pair { epoch: Epoch::FIRST, position: Position(17) },
        made_as: Some(id(0xf1)),
        repairs: 1,
        repaired: vec![Part::Missing],
    };
    Target { marker, name: name("Shop"), spec }
}

fn service(spec: ServiceSpec) -> Service {
    let version = bollard::models::ObjectVersion { index: Some(17) };
    Service {
        id: Some("s1".to_owned()),
        version: Some(version),
        spec: Some(spec),
        ..Service::default()
    }
}

#[test]
fn a_workload_as_the_engine_gets_it() {
    let written = serde_json::to_value(written(&target())).unwrap();
    let id = |number: u32| format!("00000000-0000-0000-0000-{number:012x}");
    let expected = json!({
        "Name": format!("berth-{}", id(0xe1)),
        "Labels": {
            "berth.instance": id(0xb1), "berth.workload": id(0xe1), "berth.organization": id(0xd1),
            "berth.name": "Shop", "berth.epoch": "1", "berth.position": "17",
            "berth.made-as": id(0xf1), "berth.repairs": "1", "berth.repaired": "missing",
        },
        "Mode": {"Replicated": {"Replicas": 3}},
        "TaskTemplate": {
            "ContainerSpec": {
                "Image": "localhost:1/demo:1",
                "Command": ["/bin/sh", "-c", "echo $(HOME)"],
                "Secrets": [{
                    "File": {"Name": "key.pem", "UID": "0", "GID": "0", "Mode": 0o444},
                    "SecretID": "s7", "SecretName": "db-v2",
                }],
                "Env": ["A=b=c", r#"NODE={{"{{"}}.Node.Hostname}}"#],
            },
            "Resources": {"Limits": {"NanoCPUs": 250_000_000, "MemoryBytes": 67_108_864}},
            "Placement": {
                "Constraints": ["node.labels.Type==NOGPU", "node.labels.zone!=b"],
            },
        },
    });
    assert_eq!(written, expected);
}

#[test]
fn what_the_engine_was_given_reads_back() {
    let service = service(written(&target()));
    assert_eq!(read(&service), Some(target().spec));
    assert_eq!(marker(&service), Some(target().marker));
    let revision = revision(&service).unwrap();
    assert_eq!(id_and_version(&revision), Some(("s1", 17)));
    let bare = Spec {
        image: "x".to_owned(),
        command: vec![],
        environment: BTreeMap::new(),
        cpu_millicores: None,
        memory_bytes: None,
        constraints: BTreeSet::new(),
        secrets: BTreeSet::new(),
        replicas: 0,
    };
    let target = Target { spec: bare.clone(), ..target() };
    assert_eq!(read(&self::service(written(&target))), Some(bare));
}

#[test]
fn what_berth_never_would_say_is_not_taken_for_what_it_says() {
    let mut other = written(&target());
    let task = other.task_template.as_mut().unwrap();
    let constraints = Some(vec!["node.role==manager".to_owned()]);
    task.placement = Some(TaskSpecPlacement { constraints, ..TaskSpecPlacement::default() });
    assert_eq!(read(&service(other)), None);
    let mut other = written(&target());
    other.mode = None;
    assert_eq!(read(&service(other)), None);
    for change in [
        |file: &mut TaskSpecContainerSpecFile| file.mode = Some(0o400),
        |file: &mut TaskSpecContainerSpecFile| file.uid = Some("7".to_owned()),
        |file: &mut TaskSpecContainerSpecFile| file.name = Some("/etc/passwd".to_owned()),
    ] {
        let mut other = written(&target());
        let task = other.task_template.as_mut().unwrap();
        let container = task.container_spec.as_mut().unwrap();
        change(container.secrets.as_mut().unwrap()[0].file.as_mut().unwrap());
        assert_eq!(read(&service(other)), None);
    }
    let mut other = written(&target());
    other.labels = None;
    assert_eq!(marker(&service(other)), None);
}

#[test]
fn a_write_leaves_the_labels_of_others_and_restarts_nothing_by_itself() {
    let mut before = written(&target());
    before.labels.as_mut().unwrap().insert("theirs".to_owned(), "x".to_owned());
    before.task_template.as_mut().unwrap().force_update = Some(7);
    let after = replaced(Some(before), &target(), &ids());
    assert_eq!(after.labels.as_ref().unwrap()["theirs"], "x");
    assert_eq!(after.task_template.unwrap().force_update, Some(7));
    assert_eq!(replaced(None, &target(), &ids()), written(&target()));
}
