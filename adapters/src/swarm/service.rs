//! A workload as a Swarm service, and back. Pure.
//!
//! | word | where it is |
//! | --- | --- |
//! | where it comes from | labels of the service, which no container restarts for |
//! | command | `Command`, which stands in for the image's entry point |
//! | environment | `Env`; what the engine would take for a template is escaped |
//! | limits | `Limits`; nothing is reserved, so they keep no node from being chosen |
//! | secrets | `Secrets`: the object of a version by its id, under the same name of a file always |
//! | constraints | `node.labels.key==value` and `!=` |

use crate::marker;
use bollard::models::{
    Limit, Service, ServiceSpec, ServiceSpecMode, ServiceSpecModeReplicated, TaskSpec,
    TaskSpecContainerSpec, TaskSpecContainerSpecFile, TaskSpecContainerSpecSecrets,
    TaskSpecPlacement, TaskSpecResources,
};
use commands::ports::cluster::{
    Error, Revision,
    secret::named,
    workload::{Listed, Marker, Mounted, Spec, Target},
};
use domain::{
    constraint::{Constraint, Operator},
    label::{Key, Value},
    profile::mount::FileName,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// By which services of any Berth are found.
pub(super) const MARK: &str = "berth.workload";
const PREFIX: &str = "berth.";
/// Whose the file of a secret is, and who may read it: whoever the container runs as.
const OWNER: &str = "0";
const READABLE: u32 = 0o444;
const NODE_LABEL: &str = "node.labels.";
const NANO_CPUS_OF_A_MILLICORE: i64 = 1_000_000;
/// What the engine takes for the beginning of a template, and what it makes into one.
const TEMPLATE: [&str; 2] = ["{{", r#"{{"{{"}}"#];

/// The service of a workload, where what it mounts has these ids.
pub(super) fn spec(target: &Target, ids: &BTreeMap<String, String>) -> ServiceSpec {
    let Target { marker, name, spec } = target;
    let words = marker::whose(marker).into_iter().chain(marker::how_old(marker));
    let words = words.chain([(marker::NAME, name.to_string())]);
    let environment = spec.environment.iter();
    let environment = environment
        .map(|(name, value)| format!("{name}={}", value.replace(TEMPLATE[0], TEMPLATE[1])));
    let limits = Limit {
        nano_cpus: spec.cpu_millicores.map(|cpu| i64::from(cpu) * NANO_CPUS_OF_A_MILLICORE),
        memory_bytes: spec.memory_bytes.and_then(|bytes| i64::try_from(bytes).ok()),
        pids: None,
    };
    ServiceSpec {
        name: Some(marker.which.object_name()),
        labels: Some(words.map(|(word, text)| (format!("{PREFIX}{word}"), text)).collect()),
        mode: Some(ServiceSpecMode {
            replicated: Some(ServiceSpecModeReplicated { replicas: Some(spec.replicas.into()) }),
            ..ServiceSpecMode::default()
        }),
        task_template: Some(TaskSpec {
            container_spec: Some(TaskSpecContainerSpec {
                image: Some(spec.image.clone()),
                command: (!spec.command.is_empty()).then(|| spec.command.clone()),
                env: Some(environment.collect()),
                secrets: (!spec.secrets.is_empty())
                    .then(|| spec.secrets.iter().map(|mounted| mount(mounted, ids)).collect()),
                ..TaskSpecContainerSpec::default()
            }),
            resources: Some(TaskSpecResources {
                limits: Some(limits),
                ..TaskSpecResources::default()
            }),
            placement: Some(TaskSpecPlacement {
                constraints: Some(spec.constraints.iter().map(constraint).collect()),
                ..TaskSpecPlacement::default()
            }),
            ..TaskSpec::default()
        }),
        ..ServiceSpec::default()
    }
}

fn mount(mounted: &Mounted, ids: &BTreeMap<String, String>) -> TaskSpecContainerSpecSecrets {
    let name = mounted.object_name();
    TaskSpecContainerSpecSecrets {
        file: Some(TaskSpecContainerSpecFile {
            name: Some(mounted.target.to_string()),
            uid: Some(OWNER.to_owned()),
            gid: Some(OWNER.to_owned()),
            mode: Some(READABLE),
        }),
        secret_id: ids.get(&name).cloned(),
        secret_name: Some(name),
    }
}

/// What a service says that it mounts; `None` where it says so in another way than Berth would.
fn read_mount(mount: &TaskSpecContainerSpecSecrets) -> Option<Mounted> {
    let file = mount.file.as_ref()?;
    let (name, version) = named(mount.secret_name.as_deref()?)?;
    let is_plain = file.uid.as_deref() == Some(OWNER)
        && file.gid.as_deref() == Some(OWNER)
        && file.mode == Some(READABLE);
    let target = FileName::parse(file.name.as_deref()?).ok()?;
    is_plain.then_some(Mounted { name, target, version })
}

fn constraint(constraint: &Constraint) -> String {
    let operator = match constraint.operator {
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
    };
    format!("{NODE_LABEL}{}{operator}{}", constraint.label, constraint.value)
}

/// Where a service says it comes from.
pub(super) fn marker(service: &Service) -> Option<Marker> {
    let labels = service.spec.as_ref()?.labels.as_ref()?;
    marker::read(|word| labels.get(&format!("{PREFIX}{word}")).map(String::as_str))
}

/// The service's id and version: another service of the same name is another one.
pub(super) fn revision(service: &Service) -> Result<Revision, Error> {
    let id = service.id.as_deref().filter(|id| !id.is_empty());
    let version = service.version.as_ref().and_then(|version| version.index);
    match (id, version) {
        (Some(id), Some(version)) => Ok(Revision(format!("{id} {version}"))),
        _ => Err(Error::ApiUnsupported("its services have no id or no version".to_owned())),
    }
}

/// The id and the version in a revision.
pub(super) fn id_and_version(revision: &Revision) -> Option<(&str, i32)> {
    let (id, version) = revision.0.split_once(' ')?;
    Some((id, version.parse().ok()?))
}

/// What a service says is to run; `None` where it says what Berth never would.
pub(super) fn read(service: &Service) -> Option<Spec> {
    let spec = service.spec.as_ref()?;
    let replicas = spec.mode.as_ref()?.replicated.as_ref()?.replicas.unwrap_or(1);
    let task = spec.task_template.as_ref()?;
    let container = container(task)?;
    let placement = task.placement.as_ref();
    let constraints = placement.and_then(|placement| placement.constraints.as_ref());
    let constraints: Option<BTreeSet<_>> =
        constraints.into_iter().flatten().map(|text| read_constraint(text)).collect();
    Some(Spec { constraints: constraints?, replicas: u32::try_from(replicas).ok()?, ..container })
}

/// What a container is made from, without where it may run and how many there are: by this a task
/// is told from one of an older service.
pub(super) fn container(task: &TaskSpec) -> Option<Spec> {
    let container = task.container_spec.as_ref()?;
    let is_plain = container.args.as_ref().is_none_or(Vec::is_empty)
        && container.mounts.as_ref().is_none_or(Vec::is_empty)
        && container.configs.as_ref().is_none_or(Vec::is_empty);
    let limits = task.resources.as_ref().and_then(|resources| resources.limits.as_ref());
    let limit = |number: Option<i64>| number.filter(|number| *number != 0);
    let cpu = limit(limits.and_then(|limits| limits.nano_cpus));
    let memory = limit(limits.and_then(|limits| limits.memory_bytes));
    let environment: Option<BTreeMap<_, _>> = container
        .env
        .iter()
        .flatten()
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((name.to_owned(), value.replace(TEMPLATE[1], TEMPLATE[0])))
        })
        .collect();
    let secrets: Option<BTreeSet<_>> = container.secrets.iter().flatten().map(read_mount).collect();
    is_plain.then_some(())?;
    Some(Spec {
        image: container.image.clone()?,
        command: container.command.clone().unwrap_or_default(),
        environment: environment?,
        cpu_millicores: match cpu {
            Some(cpu) => Some(u32::try_from(cpu / NANO_CPUS_OF_A_MILLICORE).ok()?),
            None => None,
        },
        memory_bytes: match memory {
            Some(memory) => Some(u64::try_from(memory).ok()?),
            None => None,
        },
        constraints: BTreeSet::new(),
        secrets: secrets?,
        replicas: 0,
    })
}

fn read_constraint(text: &str) -> Option<Constraint> {
    let text = text.strip_prefix(NODE_LABEL)?;
    let (operator, (label, value)) = match (text.split_once("=="), text.split_once("!=")) {
        (Some(parts), None) => (Operator::Equal, parts),
        (None, Some(parts)) => (Operator::NotEqual, parts),
        _ => return None,
    };
    Some(Constraint {
        label: Key::parse(label.trim()).ok()?,
        operator,
        value: Value::parse(value.trim()).ok()?,
    })
}

/// A service in the list of all.
pub(super) fn listed(service: &Service) -> Option<Listed> {
    let status = service.service_status.as_ref();
    let running = status.and_then(|status| status.running_tasks).unwrap_or_default();
    Some(Listed {
        marker: marker(service)?,
        name: service.spec.as_ref()?.name.clone().unwrap_or_default(),
        spec: read(service),
        running: u32::try_from(running).unwrap_or(u32::MAX),
    })
}

/// A service that already is, as Berth would have it: what Berth says nothing of stays.
pub(super) fn replaced(
    before: Option<ServiceSpec>,
    target: &Target,
    ids: &BTreeMap<String, String>,
) -> ServiceSpec {
    let wanted = spec(target, ids);
    let before = before.unwrap_or_default();
    let mut labels: HashMap<String, String> = before.labels.unwrap_or_default();
    labels.extend(wanted.labels.unwrap_or_default());
    // Every container restarts when this number moves, so a write must not take it back.
    let force_update = before.task_template.and_then(|task| task.force_update);
    let task_template = wanted.task_template.map(|template| TaskSpec { force_update, ..template });
    ServiceSpec { labels: Some(labels), task_template, ..wanted }
}

#[cfg(test)]
mod tests;
