//! Which nodes of a provider match constraints, and which almost do.
//!
//! Whether a node matches is said in one place, `domain::placement::matching`, which a placement
//! asks too; so every node of the provider is brought before it, and not a condition of SQL.

use crate::page::Error;
use domain::{
    Position,
    availability::Availability,
    constraint::Constraint,
    ids::{ClusterId, NodeId, ProviderId},
    node_observation::facts::State,
    placement::matching::{Miss, Node, misses},
    provider::Kind,
};
use futures::TryStreamExt;
use serde::{Deserialize, de::IntoDeserializer, de::value::Error as NoWord};
use sqlx::{PgPool, Row as _, postgres::PgRow, types::Json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The most nodes that are looked at.
pub const NODES_MAX: u32 = 100_000;
/// The most nodes that are named because they almost match.
pub const ALMOST_MAX: usize = 20;

/// How many nodes of a cluster match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All nodes that it ever showed, without those of removed clusters.
    pub nodes: u32,
    /// Those that match.
    pub matching: u32,
}

/// A node that does not match, and everything that keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Almost {
    /// Which node.
    pub id: NodeId,
    /// Its cluster.
    pub cluster: ClusterId,
    /// Its name on the cluster.
    pub name: String,
    /// What keeps it.
    pub misses: Vec<Miss>,
}

/// What constraints mean for the nodes of a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The answer is what the log said at this position.
    pub position: Position,
    /// How many nodes match, by cluster.
    pub clusters: BTreeMap<ClusterId, Count>,
    /// The nodes that come closest to a match without one, the closest first.
    pub almost: Vec<Almost>,
}

const SELECT: &str = "
SELECT c.position, s.* FROM rm_node_list.checkpoint c LEFT JOIN LATERAL (
    SELECT r.id, r.cluster_id, r.labels, r.state, r.availability, r.document->>'name' AS name,
        (r.document->>'lost')::boolean AS lost
    FROM rm_node_list.node r WHERE r.provider_id = $1 LIMIT $2
) s ON true";

/// Brings every node of a provider before the constraints.
///
/// # Errors
/// PostgreSQL failed.
pub async fn preview(
    pool: &PgPool,
    provider: ProviderId,
    kind: Kind,
    constraints: &[Constraint],
) -> Result<Preview, Error> {
    let query = sqlx::query(SELECT).bind(provider.0).bind(i64::from(NODES_MAX));
    let mut rows = query.fetch(pool);
    let (clusters, almost) = (BTreeMap::new(), vec![]);
    let mut preview = Preview { position: Position::START, clusters, almost };
    while let Some(row) = rows.try_next().await? {
        preview.position = Position(row.try_get("position")?);
        if let Some(id) = row.try_get::<Option<Uuid>, _>("id")? {
            preview.look_at(NodeId(id), &row, kind, constraints)?;
        }
    }
    preview.keep_closest();
    Ok(preview)
}

impl Preview {
    fn look_at(
        &mut self,
        id: NodeId,
        row: &PgRow,
        kind: Kind,
        constraints: &[Constraint],
    ) -> Result<(), Error> {
        let cluster = ClusterId(row.try_get("cluster_id")?);
        let Json(labels): Json<BTreeMap<String, String>> = row.try_get("labels")?;
        let node = Node {
            labels: &labels,
            state: word::<State>(row, "state")?,
            availability: word::<Availability>(row, "availability")?,
            lost: row.try_get("lost")?,
        };
        let misses = misses(kind, constraints, node);
        let count = self.clusters.entry(cluster).or_default();
        count.nodes += 1;
        if misses.is_empty() {
            count.matching += 1;
            return Ok(());
        }
        self.almost.push(Almost { id, cluster, name: row.try_get("name")?, misses });
        // Now and then, so that neither the list nor the work grows with the nodes.
        if self.almost.len() >= 16 * ALMOST_MAX {
            self.keep_closest();
        }
        Ok(())
    }

    fn keep_closest(&mut self) {
        self.almost.sort_by(|one, other| {
            let by = |almost: &Almost| (almost.misses.len(), almost.name.clone(), almost.id);
            by(one).cmp(&by(other))
        });
        self.almost.truncate(ALMOST_MAX);
    }
}

/// A word of a column, as the domain reads it.
fn word<T: for<'a> Deserialize<'a>>(row: &PgRow, column: &str) -> Result<T, Error> {
    let text: &str = row.try_get(column)?;
    let read: Result<T, NoWord> = T::deserialize(text.into_deserializer());
    Ok(read.map_err(|error| sqlx::Error::Decode(error.into()))?)
}
