//! Why a command about a node is refused.

use crate::label::Key;

/// Why a command about a node is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
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
