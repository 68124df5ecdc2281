//! The images of all providers.
//!
//! Which of them an organization may use depends on three streams: the image, its provider, and the
//! organization's associations. So this read model also keeps how each provider is offered.

pub(crate) mod apply;
pub mod query;
pub mod row;

use crate::{associations, schema::Definition};

pub(crate) const DEFINITION: Definition = Definition {
    version: 1,
    tables: &[
        "CREATE TABLE image (
            id uuid PRIMARY KEY,
            provider_id uuid NOT NULL,
            name_key text COLLATE \"C\" NOT NULL,
            visibility text NOT NULL,
            state text NOT NULL,
            created_at timestamptz NOT NULL,
            document json NOT NULL
        );
        CREATE TABLE provider (
            id uuid PRIMARY KEY,
            visibility text NOT NULL,
            state text NOT NULL,
            document json NOT NULL
        );",
        associations::TABLE,
    ],
    indexes: "
        CREATE INDEX ON image (provider_id, name_key, id);
        CREATE INDEX ON image (provider_id, created_at, id);
    ",
};
