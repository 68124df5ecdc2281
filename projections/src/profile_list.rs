//! The container profiles of every organization.
//!
//! A profile is shown with the number of workloads that are made from it: while there are any, it
//! is not removed.

pub(crate) mod apply;
pub mod query;
pub mod row;

use crate::schema::Definition;

pub(crate) const DEFINITION: Definition = Definition {
    version: 1,
    tables: &["CREATE TABLE profile (
            id uuid PRIMARY KEY,
            organization_id uuid NOT NULL,
            provider_id uuid NOT NULL,
            image_id uuid NOT NULL,
            name_key text COLLATE \"C\" NOT NULL,
            created_at timestamptz NOT NULL,
            document json NOT NULL
        );"],
    indexes: "
        CREATE INDEX ON profile (organization_id, name_key, id);
        CREATE INDEX ON profile (organization_id, created_at, id);
    ",
};
