//! Changes one node by read, modify and write with its version.
//!
//! A write replaces the whole specification: role, name and labels of others would be gone if they
//! were not sent back. Swarm refuses a stale version, so two writers cannot both win.

use super::{Swarm, error, node};
use crate::addresses::Failure;
use bollard::{errors::Error as DockerError, query_parameters::UpdateNodeOptionsBuilder};
use commands::ports::cluster::{Error, NodeChange, Revision};

const TRIED: &str = "change the node";

impl Swarm {
    pub(super) async fn change(
        &self,
        native_id: &str,
        seen: &Revision,
        change: &NodeChange,
    ) -> Result<(), Error> {
        let read = self
            .managers
            .call(|docker| async move { docker.inspect_node(native_id).await })
            .await
            .map_err(gone_is_overtaken)?;
        let version = node::version(&read)?;
        if version.to_string() != seen.0 {
            return Err(Error::Overtaken { tried: TRIED });
        }
        let spec = node::changed(read.spec.unwrap_or_default(), change);
        let options = UpdateNodeOptionsBuilder::new().version(version).build();
        // Safe to repeat at the next manager when one does not answer: should the first have
        // written it, the version is stale.
        self.managers
            .call(|docker| {
                let (spec, options) = (spec.clone(), options.clone());
                async move { docker.update_node(native_id, spec, options).await }
            })
            .await
            .map_err(gone_is_overtaken)
    }
}

/// A node that is gone meanwhile has moved, too: the caller reads again and sees it.
fn gone_is_overtaken(failure: Failure<DockerError>) -> Error {
    match failure {
        Failure::Driver(error) if error::is_missing_node(&error) => {
            Error::Overtaken { tried: TRIED }
        }
        failure => failure.of(TRIED),
    }
}
