//! Which providers there are.

pub(crate) mod apply;
pub mod query;
pub mod row;

use crate::{associations, schema::Definition};
use domain::provider::{DeploymentMode, Kind, Visibility};

pub(crate) const DEFINITION: Definition = Definition {
    version: 4,
    tables: &[
        "CREATE TABLE provider (
            id uuid PRIMARY KEY,
            name_key text COLLATE \"C\" NOT NULL,
            kind text NOT NULL,
            visibility text NOT NULL,
            state text NOT NULL,
            deployment_mode text NOT NULL,
            multi_cluster boolean NOT NULL,
            search_key text NOT NULL,
            created_at timestamptz NOT NULL,
            document json NOT NULL
        );",
        associations::TABLE,
    ],
    indexes: "
        CREATE INDEX ON provider (name_key, id);
        CREATE INDEX ON provider (created_at, id);
        CREATE INDEX ON association (organization_id);
    ",
};

/// The word for a kind, as the column has it.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Swarm => "swarm",
        Kind::Kubernetes => "kubernetes",
    }
}

/// The word for a visibility, as the column has it.
pub(crate) fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Private => "private",
    }
}

/// The word for a deployment mode, as the column has it.
fn deployment_mode(mode: DeploymentMode) -> &'static str {
    match mode {
        DeploymentMode::Single => "single",
        DeploymentMode::ActivePassive => "active_passive",
        DeploymentMode::ActiveActive => "active_active",
    }
}
