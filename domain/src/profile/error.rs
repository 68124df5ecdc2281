//! Why a command about a profile is refused.

/// Why a command about a profile is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The organization never defined it.
    #[error("the organization has no such profile")]
    NotFound,
    /// The id is taken: another command defined it.
    #[error("the profile exists already")]
    AlreadyExists,
    /// It was removed before.
    #[error("the profile was removed")]
    Removed,
    /// Command and environment are more than an event may carry.
    #[error("command and environment must have at most {most} bytes together, but have {has}")]
    TooLarge {
        /// The bound.
        most: usize,
        /// What was given.
        has: usize,
    },
}
