//! Which certificates there are, when they end, and what uses them.

pub(crate) mod apply;
pub mod query;
pub mod row;

use crate::schema::Definition;

pub(crate) const DEFINITION: Definition = Definition {
    version: 2,
    tables: &[
        "CREATE TABLE certificate (
            id uuid PRIMARY KEY,
            name_key text COLLATE \"C\" NOT NULL,
            created_at timestamptz NOT NULL,
            not_after timestamptz NOT NULL,
            document json NOT NULL
        );",
        // Which certificate a cluster uses, so that what is said of the cluster finds it.
        "CREATE TABLE used (
            id uuid PRIMARY KEY,
            document json NOT NULL
        );",
    ],
    indexes: "
        CREATE INDEX ON certificate (name_key, id);
        CREATE INDEX ON certificate (created_at, id);
        CREATE INDEX ON certificate (not_after, id);
    ",
};
