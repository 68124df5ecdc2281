//! Tokens and roles, as lists show them. What people call them is beside the log.

use crate::page::Shown;
use domain::{
    Timestamp, Version,
    ids::{PrincipalId, RoleId, TokenId},
    role::Role,
};
use serde::{Deserialize, Serialize};

/// A principal that was given anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Principal {
    /// Its id.
    pub id: PrincipalId,
    /// The version of its stream, for `If-Match`.
    pub version: Version,
}

/// A token, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whose it is.
    pub principal: PrincipalId,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// Whether an event about its principal is parked.
    pub stale: bool,
}

/// A role, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: RoleId,
    /// Whose it is.
    pub principal: PrincipalId,
    /// What it allows, and where.
    pub role: Role,
    /// When it was granted last.
    pub created_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
    /// Whether an event about its principal is parked.
    pub stale: bool,
}

impl Shown for Token {
    fn set_stale(&mut self, stale: bool) {
        self.stale = stale;
    }
}

impl Shown for Grant {
    fn set_stale(&mut self, stale: bool) {
        self.stale = stale;
    }
}
