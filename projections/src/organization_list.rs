//! Which organizations there are.

pub(crate) mod apply;
pub mod query;
pub mod row;

use crate::schema::Definition;

pub(crate) const DEFINITION: Definition = Definition {
    version: 1,
    tables: &["CREATE TABLE organization (
            id uuid PRIMARY KEY,
            name_key text COLLATE \"C\" NOT NULL,
            created_at timestamptz NOT NULL,
            document json NOT NULL
        );"],
    indexes: "
        CREATE INDEX ON organization (name_key, id);
        CREATE INDEX ON organization (created_at, id);
    ",
};
