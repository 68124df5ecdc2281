//! Why a command about a node is refused.

use crate::{Timestamp, label::Key};

/// Why a command about a node is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A drain is under way.
    #[error("the node is being drained, until {deadline} at most")]
    Draining {
        /// When it has failed if anything is left.
        deadline: Timestamp,
    },
    /// There is no drain to cancel.
    #[error("the node is not being drained, and was not")]
    NotDraining,
    /// No cluster of the provider ever showed such a node.
    #[error("the provider has no such node")]
    NotFound,
    /// The label was not set through Berth, so Berth does not take it away.
    #[error("label `{0}` was not set through Berth; labels set elsewhere are shown, never removed")]
    LabelNotOwned(Key),
    /// More labels than a node may have.
    #[error("a node has at most {most} labels set through Berth")]
    TooManyLabels {
        /// The bound.
        most: usize,
    },
}
