//! The workloads of every organization: what is wanted of each, where it was placed, and how it is
//! there.
//!
//! A workload is made of two streams. Nothing is observed of one after it was removed: a report
//! expects the version of the intent that it was made from.

pub(crate) mod apply;
pub mod query;
pub mod row;

use crate::schema::Definition;

pub(crate) const DEFINITION: Definition = Definition {
    version: 2,
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
