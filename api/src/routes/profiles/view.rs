//! A container profile as clients see it.

use crate::{
    parameters::When,
    problem::{Code, Problem},
    routes::past,
    state::State,
    words::Operator,
};
use domain::{
    Position,
    constraint::Constraint,
    ids::{OrganizationId, ProfileId},
};
use projections::{
    Model,
    past::{Shown, Subject},
    profile_list::{query, row::Row},
};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// How containers of an organization are made.
#[derive(Serialize, ToSchema)]
pub(crate) struct Profile {
    id: Uuid,
    /// The version of its stream, for `If-Match`; what a workload pins.
    version: i64,
    organization_id: Uuid,
    provider_id: Uuid,
    image_id: Uuid,
    name: String,
    /// How many containers a workload starts with.
    replicas: u16,
    /// What is run instead of the image's own entry point; empty is the image's own.
    command: Vec<String>,
    environment: BTreeMap<String, String>,
    secrets: Vec<SecretMount>,
    resources: Resources,
    constraints: Vec<ShownConstraint>,
    /// How many workloads are made from it, from any of its versions.
    workload_count: u32,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// A secret that is read as a file.
#[derive(Serialize, ToSchema)]
struct SecretMount {
    secret_id: Uuid,
    /// The name of its file below `/run/secrets/`.
    target: String,
}

/// How much one container may take; null is no limit.
#[derive(Serialize, ToSchema)]
struct Resources {
    cpu_millicores: Option<u32>,
    memory_bytes: Option<u64>,
}

/// What one label of a node must be.
#[derive(Serialize, ToSchema)]
#[schema(as = Constraint)]
pub(super) struct ShownConstraint {
    label: String,
    operator: Operator,
    value: String,
}

/// A page of profiles.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProfilePage {
    items: Vec<Profile>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

impl From<Constraint> for ShownConstraint {
    fn from(constraint: Constraint) -> Self {
        Self {
            label: constraint.label.to_string(),
            operator: constraint.operator.into(),
            value: constraint.value.to_string(),
        }
    }
}

impl From<Row> for Profile {
    fn from(row: Row) -> Self {
        let secret = |mount: domain::profile::Mount| SecretMount {
            secret_id: mount.secret_id.0,
            target: mount.target.to_string(),
        };
        let variables = row.environment.into_iter();
        Self {
            id: row.id.0,
            version: row.version.0,
            organization_id: row.organization_id.0,
            provider_id: row.provider_id.0,
            image_id: row.image_id.0,
            name: row.name.to_string(),
            replicas: row.replicas.get(),
            command: row.command,
            environment: variables.map(|(name, value)| (name.to_string(), value)).collect(),
            secrets: row.secrets.into_iter().map(secret).collect(),
            resources: Resources {
                cpu_millicores: row.resources.cpu_millicores,
                memory_bytes: row.resources.memory_bytes,
            },
            constraints: row.constraints.into_iter().map(ShownConstraint::from).collect(),
            workload_count: row.workload_count,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
            stale: row.stale,
        }
    }
}

/// A profile of an organization, and the position it is of.
pub(in crate::routes) async fn found(
    state: &State,
    organization: OrganizationId,
    id: ProfileId,
    when: impl Into<When>,
) -> Result<(Row, Position), Problem> {
    let none = || Problem::new(Code::ProfileNotFound, domain::profile::Error::NotFound);
    let at_least = match when.into() {
        When::Now(at_least) => at_least,
        When::Past(when) => {
            return match past::shown(state, Subject::Profile(id), when).await? {
                (Some(Shown::Profile(row)), position) if row.organization_id == organization => {
                    Ok((row, position))
                }
                (Some(_) | None, _) => Err(none()),
            };
        }
    };
    let get = || query::get(&state.queries, organization, id);
    let found = state.read(Model::ProfileList, at_least, get).await?;
    Ok((found.row.ok_or_else(none)?, found.position))
}
