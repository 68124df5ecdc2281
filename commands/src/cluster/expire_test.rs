//! `ExpireConnectivityTest`

use crate::{
    handle::{Stop, Verb},
    unit::Unit,
};
use domain::{
    StreamId,
    cluster::{Cluster, Command},
    ids::ClusterId,
};

/// Forgets what the test of a cluster that is not registered was given.
#[derive(Clone, Copy, Debug)]
pub struct ExpireConnectivityTest {
    /// The id of the test.
    pub id: ClusterId,
}

impl Verb for ExpireConnectivityTest {
    fn subject(&self) -> StreamId {
        StreamId::cluster(self.id)
    }
    fn result(&self) -> String {
        format!(r#"{{"id":"{}"}}"#, self.id)
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        unit.decide::<Cluster>(self.id, Command::ExpireTest).await
    }
}
