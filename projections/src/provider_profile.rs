//! One provider with its clusters and the organizations associated with it.

pub(crate) mod apply;
pub mod query;
pub mod row;

use crate::{associations, schema::Definition};

pub(crate) const DEFINITION: Definition = Definition {
    version: 4,
    tables: &[
        "CREATE TABLE provider (
            id uuid PRIMARY KEY,
            visibility text NOT NULL,
            document json NOT NULL
        );
        CREATE TABLE organization (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            name_key text COLLATE \"C\" NOT NULL
        );",
        associations::TABLE,
    ],
    indexes: "",
};
