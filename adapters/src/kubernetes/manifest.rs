//! A workload as a Deployment, and back. Pure.
//!
//! | word | where it is |
//! | --- | --- |
//! | where it comes from | labels (whose it is) and annotations (how old it is) of the Deployment |
//! | command, environment | of the one container; what Kubernetes would expand is escaped |
//! | limits | `limits`; the requests are nothing, so they keep no node from being chosen |
//! | secrets | one projected volume at `/run/secrets`: of each the object of a version, under the same
//! name of a file always |
//! | constraints | required node affinity, `In` and `NotIn` |

use super::{quantity, secret};
use crate::marker;
use commands::ports::cluster::{
    Error, Revision,
    secret::named,
    workload::{Listed, Marker, Mounted, Spec, Target, Which},
};
use domain::{
    constraint::{Constraint, Operator},
    ids::{InstanceId, OrganizationId},
    label::{Key, Value},
    profile::mount::FileName,
};
use k8s_openapi::api::{
    apps::v1::{Deployment, DeploymentSpec},
    core::v1::{Container, Namespace, NodeSelectorRequirement, PodSpec, VolumeProjection},
};
use serde_json::{Map, json};
use std::collections::{BTreeMap, BTreeSet};

/// By which objects of any Berth are found, and a Deployment knows its pods.
pub(super) const MARK: &str = "berth/workload";
const PREFIX: &str = "berth/";
const CONTAINER: &str = "main";
const VOLUME: &str = "secrets";
/// Where the files of secrets are.
const SECRETS: &str = "/run/secrets";
/// Who may read one: whoever the container runs as.
const READABLE: i32 = 0o444;

/// The namespace of an organization.
pub(super) fn namespace_name(organization: OrganizationId) -> String {
    format!("berth-{organization}")
}

/// The pods of a workload.
pub(super) fn pods(which: Which) -> String {
    format!("{MARK}={}", which.workload)
}

fn labeled<'a>(
    words: impl IntoIterator<Item = (&'a str, String)>,
) -> Map<String, serde_json::Value> {
    words.into_iter().map(|(word, text)| (format!("{PREFIX}{word}"), json!(text))).collect()
}

/// The namespace that the objects of an organization are in.
pub(super) fn namespace(
    instance: InstanceId,
    organization: OrganizationId,
) -> Result<Namespace, Error> {
    let words = [
        (marker::INSTANCE, instance.to_string()),
        (marker::ORGANIZATION, organization.to_string()),
    ];
    let name = namespace_name(organization);
    typed(json!({"metadata": {"name": name, "labels": labeled(words)}}))
}

/// Whether a namespace is one that this Berth made.
pub(super) fn is_own(namespace: &Namespace, by: InstanceId) -> bool {
    let labels = namespace.metadata.labels.as_ref();
    let made_by = labels.and_then(|labels| labels.get(&format!("{PREFIX}{}", marker::INSTANCE)));
    made_by.is_some_and(|instance| *instance == by.to_string())
}

/// The Deployment of a workload.
pub(super) fn deployment(target: &Target) -> Result<Deployment, Error> {
    let Target { marker, name, spec } = target;
    let how_old = marker::how_old(marker).into_iter().chain([(marker::NAME, name.to_string())]);
    let environment = spec.environment.iter();
    let environment: Vec<_> =
        environment.map(|(name, value)| json!({"name": name, "value": escaped(value)})).collect();
    let mut container = json!({
        "name": CONTAINER, "image": spec.image, "imagePullPolicy": "IfNotPresent",
        "env": environment, "resources": resources(spec),
    });
    if !spec.command.is_empty() {
        let command: Vec<_> = spec.command.iter().map(|word| escaped(word)).collect();
        container["command"] = json!(command);
    }
    let mut pod = json!({
        "automountServiceAccountToken": false, "enableServiceLinks": false,
        "containers": [container],
    });
    if !spec.secrets.is_empty() {
        pod["volumes"] = json!([{"name": VOLUME, "projected": {
            "defaultMode": READABLE, "sources": spec.secrets.iter().map(source).collect::<Vec<_>>(),
        }}]);
        pod["containers"][0]["volumeMounts"] =
            json!([{"name": VOLUME, "mountPath": SECRETS, "readOnly": true}]);
    }
    if !spec.constraints.is_empty() {
        let terms: Vec<_> = spec.constraints.iter().map(requirement).collect();
        pod["affinity"] = json!({"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": terms}],
            },
        }});
    }
    let whose = labeled(marker::whose(marker));
    let selector = json!({MARK: marker.which.workload.to_string()});
    typed(json!({
        "metadata": {
            "name": marker.which.object_name(),
            "namespace": namespace_name(marker.which.organization),
            "labels": whose, "annotations": labeled(how_old),
        },
        "spec": {
            "replicas": spec.replicas, "selector": {"matchLabels": selector},
            "template": {"metadata": {"labels": whose}, "spec": pod},
        },
    }))
}

/// Limits, and requests of nothing: left out, they would be the limits.
fn resources(spec: &Spec) -> serde_json::Value {
    let (mut limits, mut requests) = (Map::new(), Map::new());
    if let Some(cpu) = spec.cpu_millicores {
        limits.insert("cpu".to_owned(), json!(format!("{cpu}m")));
        requests.insert("cpu".to_owned(), json!("0"));
    }
    if let Some(memory) = spec.memory_bytes {
        limits.insert("memory".to_owned(), json!(memory.to_string()));
        requests.insert("memory".to_owned(), json!("0"));
    }
    json!({"limits": limits, "requests": requests})
}

fn source(mounted: &Mounted) -> serde_json::Value {
    let item = json!({"key": secret::KEY, "path": mounted.target.as_str()});
    json!({"secret": {"name": mounted.object_name(), "items": [item]}})
}

/// What a Deployment says that it mounts; `None` where it says so in another way than Berth would.
fn mounts(pod: &PodSpec, container: &Container) -> Option<BTreeSet<Mounted>> {
    let mounts = container.volume_mounts.as_deref().unwrap_or_default();
    let volumes = pod.volumes.as_deref().unwrap_or_default();
    let (mount, volume) = match (mounts, volumes) {
        ([], []) => return Some(BTreeSet::new()),
        ([mount], [volume]) => (mount, volume),
        _ => return None,
    };
    let projected = volume.projected.as_ref()?;
    let is_plain = mount.name == volume.name
        && mount.mount_path == SECRETS
        && mount.sub_path.as_ref().is_none_or(String::is_empty)
        && projected.default_mode == Some(READABLE);
    let mounted = |source: &VolumeProjection| {
        let secret = source.secret.as_ref()?;
        let (name, version) = named(&secret.name)?;
        let [item] = secret.items.as_deref()? else { return None };
        let is_plain = item.key == secret::KEY && secret.optional != Some(true);
        let target = FileName::parse(&item.path).ok()?;
        is_plain.then_some(Mounted { name, target, version })
    };
    let sources = projected.sources.iter().flatten();
    is_plain.then(|| sources.map(mounted).collect()).flatten()
}

fn requirement(constraint: &Constraint) -> serde_json::Value {
    let operator = match constraint.operator {
        Operator::Equal => "In",
        Operator::NotEqual => "NotIn",
    };
    let (key, value) = (constraint.label.as_str(), constraint.value.as_str());
    json!({"key": key, "operator": operator, "values": [value]})
}

fn typed<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> Result<T, Error> {
    serde_json::from_value(value)
        .map_err(|error| Error::ApiUnsupported(format!("no object could be made: {error}")))
}

/// Kubernetes takes `$(NAME)` for a variable, and `$$` for one `$`.
fn escaped(text: &str) -> String {
    text.replace('$', "$$")
}

fn unescaped(text: &str) -> String {
    text.replace("$$", "$")
}

/// Where a Deployment says it comes from.
pub(super) fn marker(deployment: &Deployment) -> Option<Marker> {
    let metadata = &deployment.metadata;
    let all = [metadata.labels.as_ref(), metadata.annotations.as_ref()];
    marker::read(|word| {
        let key = format!("{PREFIX}{word}");
        all.into_iter().flatten().find_map(|words| words.get(&key)).map(String::as_str)
    })
}

/// Its uid and its version: another one of the same name is another one.
pub(super) fn revision(deployment: &Deployment) -> Result<Revision, Error> {
    let metadata = &deployment.metadata;
    match (&metadata.uid, &metadata.resource_version) {
        (Some(uid), Some(version)) => Ok(Revision(format!("{uid} {version}"))),
        _ => Err(Error::ApiUnsupported("its objects have no uid or no version".to_owned())),
    }
}

/// What a Deployment says is to run; `None` where it says what Berth never would.
pub(super) fn read(deployment: &Deployment) -> Option<Spec> {
    let spec = deployment.spec.as_ref()?;
    let pod = spec.template.spec.as_ref()?;
    let [container] = pod.containers.as_slice() else { return None };
    if !is_plain(pod, container) {
        return None;
    }
    let environment: Option<BTreeMap<_, _>> = container
        .env
        .iter()
        .flatten()
        .map(|variable| {
            let value = variable.value.as_deref().unwrap_or_default();
            variable.value_from.is_none().then(|| (variable.name.clone(), unescaped(value)))
        })
        .collect();
    let limits = container.resources.as_ref().and_then(|resources| resources.limits.as_ref());
    let limit = |name: &str| limits.and_then(|limits| limits.get(name));
    let cpu = match limit("cpu") {
        Some(cpu) => Some(u32::try_from(quantity::thousandths(&cpu.0)?).ok()?),
        None => None,
    };
    let memory = match limit("memory") {
        Some(memory) => Some(u64::try_from(quantity::thousandths(&memory.0)? / 1000).ok()?),
        None => None,
    };
    let command = container.command.iter().flatten();
    Some(Spec {
        image: container.image.clone()?,
        command: command.map(|word| unescaped(word)).collect(),
        environment: environment?,
        cpu_millicores: cpu,
        memory_bytes: memory,
        constraints: constraints(pod)?,
        secrets: mounts(pod, container)?,
        replicas: u32::try_from(spec.replicas.unwrap_or(1)).ok()?,
    })
}

fn is_plain(pod: &PodSpec, container: &Container) -> bool {
    container.args.as_ref().is_none_or(Vec::is_empty)
        && container.env_from.as_ref().is_none_or(Vec::is_empty)
        && pod.init_containers.as_ref().is_none_or(Vec::is_empty)
        && pod.node_selector.as_ref().is_none_or(BTreeMap::is_empty)
        && pod.node_name.is_none()
}

/// What the labels of a node must be; `None` where more is asked for.
fn constraints(pod: &PodSpec) -> Option<BTreeSet<Constraint>> {
    let Some(affinity) = &pod.affinity else { return Some(BTreeSet::new()) };
    if affinity.pod_affinity.is_some() || affinity.pod_anti_affinity.is_some() {
        return None;
    }
    let Some(node) = &affinity.node_affinity else { return Some(BTreeSet::new()) };
    let Some(required) = &node.required_during_scheduling_ignored_during_execution else {
        return Some(BTreeSet::new());
    };
    let [term] = required.node_selector_terms.as_slice() else { return None };
    if term.match_fields.as_ref().is_some_and(|fields| !fields.is_empty()) {
        return None;
    }
    term.match_expressions.iter().flatten().map(constraint).collect()
}

fn constraint(requirement: &NodeSelectorRequirement) -> Option<Constraint> {
    let operator = match requirement.operator.as_str() {
        "In" => Operator::Equal,
        "NotIn" => Operator::NotEqual,
        _ => return None,
    };
    let [value] = requirement.values.as_deref().unwrap_or_default() else { return None };
    let label = Key::parse(&requirement.key).ok()?;
    Some(Constraint { label, operator, value: Value::parse(value).ok()? })
}

/// A Deployment in the list of all.
pub(super) fn listed(deployment: &Deployment) -> Option<Listed> {
    let status = deployment.status.as_ref();
    let running = status.and_then(|status| status.ready_replicas).unwrap_or_default();
    Some(Listed {
        marker: marker(deployment)?,
        name: deployment.metadata.name.clone().unwrap_or_default(),
        spec: read(deployment),
        running: u32::try_from(running).unwrap_or_default(),
    })
}

/// A Deployment that already is, as Berth would have it. The write replaces all of it: a part that
/// was merged in would stay when it is no longer wanted. What others wrote beside it is kept.
pub(super) fn replaced(before: Deployment, target: &Target) -> Result<Deployment, Error> {
    let wanted = deployment(target)?;
    let mut metadata = before.metadata;
    metadata.managed_fields = None;
    let join = |before: Option<BTreeMap<String, String>>, wanted: Option<BTreeMap<_, _>>| {
        let mut all = before.unwrap_or_default();
        all.extend(wanted.unwrap_or_default());
        Some(all)
    };
    metadata.labels = join(metadata.labels.take(), wanted.metadata.labels);
    metadata.annotations = join(metadata.annotations.take(), wanted.metadata.annotations);
    let spec = wanted.spec.map(|wanted| kept(before.spec, wanted));
    Ok(Deployment { metadata, spec, status: None })
}

/// Every pod restarts when its annotations move, so a write must not take them back.
fn kept(before: Option<DeploymentSpec>, mut wanted: DeploymentSpec) -> DeploymentSpec {
    let metadata = before.and_then(|before| before.template.metadata);
    if let (Some(before), Some(wanted)) = (metadata, wanted.template.metadata.as_mut()) {
        wanted.annotations = before.annotations;
    }
    wanted
}

#[cfg(test)]
mod tests;
