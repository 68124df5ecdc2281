//! A profile as a document: exactly what its route answers, so that a field of the history has the
//! name that clients know.

use crate::{
    problem::{Code, Problem},
    routes::{certificates, images, nodes, organizations, profiles, providers, secrets, workloads},
};
use projections::past::Shown;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The document of a profile; null where there is none.
pub(in crate::routes) fn document(shown: Option<Shown>) -> Result<Value, Problem> {
    match shown {
        None => Ok(Value::Null),
        // Who uses it now is no part of what it was; neither is what people call a principal.
        Some(Shown::Certificate(row)) => write(&certificates::view::Certificate::from(row)),
        Some(Shown::Role(..) | Shown::Token(..)) => Ok(Value::Null),
        Some(Shown::Image(row)) => write(&images::view::Image::from(row)),
        Some(Shown::Profile(row)) => write(&profiles::view::Profile::from(row)),
        Some(Shown::Workload(row)) => write(&workloads::view::Workload::of(row, &BTreeMap::new())),
        Some(Shown::Node(row)) => write(&nodes::view::Node::from(row)),
        Some(Shown::Organization(row)) => write(&organizations::view::Organization::from(row)),
        // Who uses it now is no part of what it was.
        Some(Shown::Secret(row)) => write(&secrets::view::Secret::from((row, vec![]))),
        Some(Shown::Provider(row)) => write(&providers::view::Provider::from(row)),
    }
}

fn write(view: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(view).map_err(|error| Problem::hidden(Code::Internal, &error))
}
