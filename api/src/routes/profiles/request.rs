//! The fields of a profile as clients write them, each checked against what both engines accept.

use crate::{
    body::{Check, Rule, given, place},
    words::Operator,
};
use domain::{
    constraint::{self, Constraint},
    label::{Key, Value},
    profile::{
        Mount, Resources, command_line,
        environment::{self, Environment, NoVariable, Variable},
        mount::{self, FileName, NoFileName},
        resources,
    },
    replicas::{self, Replicas},
    text,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What one label of a node must be.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConstraintRequest)]
pub(crate) struct ConstraintBody {
    /// 2 to 63 of `[A-Za-z0-9_.-]`, alphanumeric at both ends.
    #[schema(min_length = 2, max_length = 63, example = "Type")]
    label: String,
    operator: Operator,
    /// 1 to 63 of `[A-Za-z0-9_.-]`, alphanumeric at both ends. Swarm compares without regard to
    /// case, Kubernetes with.
    #[schema(min_length = 1, max_length = 63, example = "NOGPU")]
    value: String,
}

/// A secret that is read as a file.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SecretMountRequest)]
pub(crate) struct MountBody {
    /// A secret of the provider.
    #[schema(value_type = Uuid)]
    secret_id: String,
    /// The name of its file below `/run/secrets/`: 1 to 128 of `[A-Za-z0-9_.-]`, starting with a
    /// letter, a digit or `_`.
    #[schema(min_length = 1, max_length = 128, example = "key.pem")]
    target: String,
}

/// How much one container may take; what is left out has no limit.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResourcesRequest)]
pub(crate) struct ResourcesBody {
    /// Thousandths of a processor.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 10, maximum = 1_024_000)]
    cpu_millicores: Option<u64>,
    /// Bytes of memory.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 6_291_456, maximum = 70_368_744_177_664_u64)]
    memory_bytes: Option<u64>,
}

impl Rule for constraint::Error {
    fn word(&self) -> &'static str {
        match self {
            Self::TooMany { .. } => "too_many",
            Self::Repeated => "unique",
            Self::Contradiction => "contradiction",
        }
    }
}

impl Rule for NoVariable {
    fn word(&self) -> &'static str {
        "variable"
    }
}

impl Rule for NoFileName {
    fn word(&self) -> &'static str {
        "file_name"
    }
}

impl Rule for resources::OutOfRange {
    fn word(&self) -> &'static str {
        "range"
    }
}

impl Rule for replicas::OutOfRange {
    fn word(&self) -> &'static str {
        "range"
    }
}

/// Checks a number of containers.
pub(in crate::routes) fn replicas(check: &mut Check, number: u32) -> Option<Replicas> {
    check.take("/replicas", Replicas::parse(number))
}

/// Checks a command, word by word.
pub(super) fn command(check: &mut Check, words: Vec<String>) -> Option<Vec<String>> {
    if too_many(check, "/command", words.len(), command_line::WORDS_MAX) {
        return None;
    }
    let mut fine = true;
    for (index, word) in words.iter().enumerate() {
        let at = place("/command", index);
        fine &= check.take(&at, command_line::check_word(index, word)).is_some();
    }
    fine.then_some(words)
}

/// Checks variables; the name of one that is none is not repeated.
pub(super) fn environment(
    check: &mut Check,
    variables: BTreeMap<String, String>,
) -> Option<Environment> {
    if too_many(check, "/environment", variables.len(), environment::VARIABLES_MAX) {
        return None;
    }
    let (mut checked, wanted) = (Environment::new(), variables.len());
    for (name, value) in variables {
        let Some(name) = check.take("/environment", Variable::parse(&name)) else { continue };
        let at = place("/environment", &name);
        let fine: Option<()> = check.take::<_, text::Error>(&at, environment::check_value(&value));
        if fine.is_some() {
            checked.insert(name, value);
        }
    }
    (checked.len() == wanted).then_some(checked)
}

/// Checks secrets and the names of their files.
pub(super) fn secrets(check: &mut Check, bodies: Vec<MountBody>) -> Option<Vec<Mount>> {
    if too_many(check, "/secrets", bodies.len(), Mount::MOST) {
        return None;
    }
    let (mut mounts, wanted) = (vec![], bodies.len());
    for (index, body) in bodies.into_iter().enumerate() {
        let at = place("/secrets", index);
        let secret_id = check.uuid(&place(&at, "secret_id"), &body.secret_id);
        let target = check.take(&place(&at, "target"), FileName::parse(&body.target));
        mounts.extend(secret_id.zip(target).map(|(secret_id, target)| Mount { secret_id, target }));
    }
    if mounts.len() < wanted {
        return None;
    }
    if let Some(index) = mount::repeated(&mounts) {
        let at = place(&place("/secrets", index), "target");
        check.refuse(&at, "unique", "is the file of another secret in this request");
        return None;
    }
    Some(mounts)
}

/// Checks limits.
pub(super) fn resources(check: &mut Check, body: &ResourcesBody) -> Option<Resources> {
    let cpu = body.cpu_millicores.map_or(Some(None), |millicores| {
        check.take("/resources/cpu_millicores", Resources::parse_cpu(millicores)).map(Some)
    });
    let memory = body.memory_bytes.map_or(Some(None), |bytes| {
        check.take("/resources/memory_bytes", Resources::parse_memory(bytes)).map(Some)
    });
    Some(Resources { cpu_millicores: cpu?, memory_bytes: memory? })
}

/// Checks constraints, each by itself and all together.
pub(super) fn constraints(
    check: &mut Check,
    bodies: Vec<ConstraintBody>,
) -> Option<Vec<Constraint>> {
    if too_many(check, "/constraints", bodies.len(), Constraint::MOST) {
        return None;
    }
    let (mut constraints, wanted) = (vec![], bodies.len());
    for (index, body) in bodies.into_iter().enumerate() {
        let at = place("/constraints", index);
        let label = check.take(&place(&at, "label"), Key::parse(&body.label));
        let value = check.take(&place(&at, "value"), Value::parse(&body.value));
        let operator = body.operator.into();
        constraints.extend(label.zip(value).map(|(label, value)| Constraint {
            label,
            operator,
            value,
        }));
    }
    if constraints.len() < wanted {
        return None;
    }
    match constraint::check(&constraints) {
        Ok(()) => Some(constraints),
        Err((index, error)) => {
            let at = index.map_or("/constraints".to_owned(), |index| place("/constraints", index));
            check.refuse(&at, error.word(), error);
            None
        }
    }
}

fn too_many(check: &mut Check, at: &str, has: usize, most: usize) -> bool {
    if has > most {
        check.refuse(at, "too_many", format!("must have at most {most} entries"));
    }
    has > most
}
