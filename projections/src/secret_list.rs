//! The secrets of all providers, without their values.
//!
//! How each is on each of its clusters is what the worker reported.
//! Which profiles use a secret is counted from the profiles' own events.

pub(crate) mod apply;
pub mod query;
pub mod row;

use crate::schema::Definition;

pub(crate) const DEFINITION: Definition = Definition {
    version: 2,
    tables: &["CREATE TABLE secret (
            id uuid PRIMARY KEY,
            provider_id uuid NOT NULL,
            name_key text COLLATE \"C\" NOT NULL,
            adopted_cluster uuid,
            created_at timestamptz NOT NULL,
            document json NOT NULL
        );"],
    indexes: "
        CREATE INDEX ON secret (provider_id, name_key, id);
        CREATE INDEX ON secret (provider_id, created_at, id);
        CREATE INDEX ON secret (adopted_cluster) WHERE adopted_cluster IS NOT NULL;
    ",
};
