//! The workloads of every organization: what is wanted of each, and where it was placed.

pub(crate) mod apply;
pub mod query;
pub mod row;

use crate::schema::Definition;

pub(crate) const DEFINITION: Definition = Definition {
    version: 1,
    tables: &["CREATE TABLE workload (
            id uuid PRIMARY KEY,
            organization_id uuid NOT NULL,
            provider_id uuid NOT NULL,
            profile_id uuid NOT NULL,
            cluster_id uuid,
            name_key text COLLATE \"C\" NOT NULL,
            state text NOT NULL,
            created_at timestamptz NOT NULL,
            document json NOT NULL
        ) WITH (fillfactor = 70);"],
    indexes: "
        CREATE INDEX ON workload (organization_id, name_key, id);
        CREATE INDEX ON workload (organization_id, created_at, id);
    ",
};
