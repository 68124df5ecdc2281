//! A workload as the cluster gets it, and as the cluster gives it back.

use super::*;
use domain::{
    Position,
    ids::{InstanceId, WorkloadId},
    testing::{
        name,
        profile::{equal, not_equal},
        secret,
    },
    workload::Epoch,
    workload_observation::{Pair, repair::Part},
};
use uuid::Uuid;

fn mounted(name: &str, target: &str) -> Mounted {
    let (name, target) = (secret::name(name), FileName::parse(target).unwrap());
    Mounted { name, target, version: 2 }
}

fn target() -> Target {
    let id = Uuid::from_u128;
    let which = Which { workload: WorkloadId(id(0xe1)), organization: OrganizationId(id(0xd1)) };
    let spec = Spec {
        image: "localhost:1/demo:1".to_owned(),
        command: vec!["/bin/sh".to_owned(), "-c".to_owned(), "echo $(HOME) $$".to_owned()],
        environment: BTreeMap::from([
            ("A".to_owned(), "b=c".to_owned()),
            ("PRICE".to_owned(), "$(A) 5$".to_owned()),
        ]),
        cpu_millicores: Some(1000),
        memory_bytes: Some(64 << 20),
        secrets: [mounted("db", "key.pem"), mounted("tls", "tls.key")].into(),
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

fn id(number: u32) -> String {
    format!("00000000-0000-0000-0000-{number:012x}")
}

#[test]
fn a_workload_as_the_cluster_gets_it() {
    let written = serde_json::to_value(deployment(&target()).unwrap()).unwrap();
    let whose = json!({
        "berth/instance": id(0xb1), "berth/workload": id(0xe1), "berth/organization": id(0xd1),
    });
    let terms = json!([
        {"key": "Type", "operator": "In", "values": ["NOGPU"]},
        {"key": "zone", "operator": "NotIn", "values": ["b"]},
    ]);
    let source = |name: &str, path: &str| {
        let item = json!({"key": "value", "path": path});
        json!({"secret": {"name": name, "items": [item]}})
    };
    let sources = json!([source("db-v2", "key.pem"), source("tls-v2", "tls.key")]);
    let expected = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": format!("berth-{}", id(0xe1)), "namespace": format!("berth-{}", id(0xd1)),
            "labels": whose,
            "annotations": {
                "berth/name": "Shop", "berth/epoch": "1", "berth/position": "17",
                "berth/made-as": id(0xf1), "berth/repairs": "1", "berth/repaired": "missing",
            },
        },
        "spec": {
            "replicas": 3, "selector": {"matchLabels": {"berth/workload": id(0xe1)}},
            "template": {
                "metadata": {"labels": whose},
                "spec": {
                    "automountServiceAccountToken": false, "enableServiceLinks": false,
                    "affinity": {"nodeAffinity": {
                        "requiredDuringSchedulingIgnoredDuringExecution": {
                            "nodeSelectorTerms": [{"matchExpressions": terms}],
                        },
                    }},
                    "volumes": [{"name": "secrets", "projected": {
                        "defaultMode": 0o444, "sources": sources,
                    }}],
                    "containers": [{
                        "volumeMounts": [{
                            "name": "secrets", "mountPath": "/run/secrets", "readOnly": true,
                        }],
                        "name": "main", "image": "localhost:1/demo:1",
                        "imagePullPolicy": "IfNotPresent",
                        "command": ["/bin/sh", "-c", "echo $$(HOME) $$$$"],
                        "env": [
                            {"name": "A", "value": "b=c"},
                            {"name": "PRICE", "value": "$$(A) 5$$"},
                        ],
                        "resources": {
                            "limits": {"cpu": "1000m", "memory": "67108864"},
                            "requests": {"cpu": "0", "memory": "0"},
                        },
                    }],
                },
            },
        },
    });
    assert_eq!(written, expected);
    let Marker { instance, which, .. } = target().marker;
    let namespace = serde_json::to_value(namespace(instance, which.organization).unwrap()).unwrap();
    let labels = json!({"berth/instance": id(0xb1), "berth/organization": id(0xd1)});
    assert_eq!(
        namespace["metadata"],
        json!({"name": format!("berth-{}", id(0xd1)), "labels": labels})
    );
}

#[test]
fn what_the_cluster_was_given_reads_back_also_in_its_own_words() {
    let mut deployment = deployment(&target()).unwrap();
    assert_eq!(read(&deployment), Some(target().spec));
    assert_eq!(marker(&deployment), Some(target().marker));
    let pod = deployment.spec.as_mut().unwrap().template.spec.as_mut().unwrap();
    let limits = pod.containers[0].resources.as_mut().unwrap().limits.as_mut().unwrap();
    limits.get_mut("cpu").unwrap().0 = "1".to_owned();
    limits.get_mut("memory").unwrap().0 = "64Mi".to_owned();
    assert_eq!(read(&deployment), Some(target().spec));
}

#[test]
fn what_berth_never_would_say_is_not_taken_for_what_it_says() {
    let with = |change: &dyn Fn(&mut PodSpec)| {
        let mut deployment = deployment(&target()).unwrap();
        change(deployment.spec.as_mut().unwrap().template.spec.as_mut().unwrap());
        read(&deployment)
    };
    assert!(with(&|_| {}).is_some());
    assert_eq!(with(&|pod| pod.node_name = Some("n1".to_owned())), None);
    assert_eq!(with(&|pod| pod.containers.push(pod.containers[0].clone())), None);
    assert_eq!(with(&|pod| pod.containers[0].args = Some(vec!["x".to_owned()])), None);
    let volume = |pod: &mut PodSpec, change: &dyn Fn(&mut VolumeProjection)| {
        let projected = pod.volumes.as_mut().unwrap()[0].projected.as_mut().unwrap();
        change(&mut projected.sources.as_mut().unwrap()[0]);
    };
    let named = |pod: &mut PodSpec| {
        volume(pod, &|source| source.secret.as_mut().unwrap().name = "theirs".to_owned());
    };
    assert_eq!(with(&named), None);
    assert_eq!(with(&|pod| volume(pod, &|source| source.secret = None)), None);
    assert_eq!(with(&|pod| pod.volumes = None), None);
    let elsewhere = |pod: &mut PodSpec| {
        let mounts = pod.containers[0].volume_mounts.as_mut().unwrap();
        mounts[0].mount_path = "/etc".to_owned();
    };
    assert_eq!(with(&elsewhere), None);
    let selector = BTreeMap::from([("zone".to_owned(), "a".to_owned())]);
    assert_eq!(with(&|pod| pod.node_selector = Some(selector.clone())), None);
}

#[test]
fn a_write_keeps_what_others_wrote_beside_it_and_drops_what_is_not_wanted() {
    let mut before = deployment(&target()).unwrap();
    before.metadata.resource_version = Some("17".to_owned());
    let note = |all: &mut Option<BTreeMap<String, String>>| {
        all.get_or_insert_default().insert("theirs".to_owned(), "x".to_owned());
    };
    note(&mut before.metadata.annotations);
    note(&mut before.metadata.labels);
    let template = &mut before.spec.as_mut().unwrap().template;
    note(&mut template.metadata.as_mut().unwrap().annotations);
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
    let written = replaced(before, &target).unwrap();
    assert_eq!(read(&written), Some(bare));
    assert_eq!(written.metadata.annotations.as_ref().unwrap()["theirs"], "x");
    assert_eq!(written.metadata.labels.as_ref().unwrap()["theirs"], "x");
    assert_eq!(written.metadata.resource_version.as_deref(), Some("17"));
    let template = written.spec.unwrap().template.metadata.unwrap();
    assert_eq!(template.annotations.unwrap()["theirs"], "x");
}
