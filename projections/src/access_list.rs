//! Which tokens and which roles there are, of every principal.

pub(crate) mod apply;
pub mod query;
pub mod row;

use crate::schema::Definition;

pub(crate) const DEFINITION: Definition = Definition {
    version: 1,
    tables: &[
        "CREATE TABLE principal (
            id uuid PRIMARY KEY,
            document json NOT NULL
        );",
        "CREATE TABLE token (
            id uuid PRIMARY KEY,
            name_key text COLLATE \"C\" NOT NULL,
            created_at timestamptz NOT NULL,
            principal_id uuid NOT NULL,
            document json NOT NULL
        );",
        "CREATE TABLE role (
            id uuid PRIMARY KEY,
            name_key text COLLATE \"C\" NOT NULL,
            created_at timestamptz NOT NULL,
            principal_id uuid NOT NULL,
            organization_id uuid,
            held boolean NOT NULL,
            document json NOT NULL
        );",
    ],
    indexes: "
        CREATE INDEX ON token (created_at, id);
        CREATE INDEX ON token (principal_id);
        CREATE INDEX ON role (created_at, id);
        CREATE INDEX ON role (principal_id);
        CREATE INDEX ON role (organization_id);
    ",
};
