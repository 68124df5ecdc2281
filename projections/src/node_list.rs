//! The nodes of all clusters.
//!
//! A node is made of three streams: what a cluster showed of it, what administrators want of it,
//! and its provider, since the nodes of a removed cluster vanish. Clusters that were removed are
//! remembered: their last observations may be recorded after they are gone.

pub(crate) mod apply;
mod clusters;
mod drain;
pub mod labels;
pub mod matching;
pub mod query;
pub mod row;

use crate::schema::Definition;
use domain::node_observation::facts::State;

pub(crate) const DEFINITION: Definition = Definition {
    version: 2,
    // Room on each page, so that a changed row stays on it and no index is touched.
    tables: &["CREATE TABLE node (
            id uuid PRIMARY KEY,
            provider_id uuid NOT NULL,
            cluster_id uuid NOT NULL,
            name_key text COLLATE \"C\" NOT NULL,
            state text NOT NULL,
            availability text NOT NULL,
            labels jsonb NOT NULL,
            created_at timestamptz NOT NULL,
            document json NOT NULL
        ) WITH (fillfactor = 70);
        CREATE TABLE removed_cluster (id uuid PRIMARY KEY);"],
    indexes: "
        CREATE INDEX ON node (provider_id, name_key, id);
        CREATE INDEX ON node (provider_id, created_at, id);
        CREATE INDEX ON node (cluster_id);
        CREATE INDEX ON node USING gin (labels);
    ",
};

/// The word for a state, as the column has it.
fn state(state: State) -> &'static str {
    match state {
        State::Ready => "ready",
        State::NotReady => "not_ready",
        State::Down => "down",
        State::Unreachable => "unreachable",
        State::Unknown => "unknown",
    }
}
