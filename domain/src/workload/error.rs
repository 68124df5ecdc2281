//! Why a command about a workload is refused.

/// Why a command about a workload is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The organization never requested it.
    #[error("the organization has no such workload")]
    NotFound,
    /// The id is taken: another command requested it.
    #[error("the workload exists already")]
    AlreadyExists,
    /// It was removed before.
    #[error("the workload was removed")]
    Removed,
    /// No cluster could take it.
    #[error("no node matches the profile and takes work; a preview of the profile says why")]
    NoMatchingNode,
}
