//! What one principal was given: its tokens and its roles.
//!
//! One stream a principal, not one a token: whoever asks is judged by one stream, read once and
//! followed by its version; tokens and roles of a principal are decided in turn; and its history
//! answers what it could do at any moment.
//!
//! **Invariants**
//! - A token itself is never here, nor anything that tells of it: the log knows its id.
//! - What was never issued is not valid, and what was revoked stays so.

pub mod grant_role;
pub mod issue_token;
pub mod revoke_role;
pub mod revoke_token;

use crate::{
    Aggregate, StreamId,
    event::events,
    ids::{OrganizationId, PrincipalId, RoleId, TokenId},
    role::{self, Role, Roles},
    tag::Tag,
    timestamp::Timestamp,
};
use std::collections::BTreeMap;

events! {
    /// What a principal was given, or lost.
    pub enum Event {
        /// A token of it is valid.
        TokenIssued(issue_token::TokenIssued) = "TokenIssued",
        /// A token of it is not valid any more.
        TokenRevoked(revoke_token::TokenRevoked) = "TokenRevoked",
        /// It may do more.
        RoleGranted(grant_role::RoleGranted) = "RoleGranted",
        /// It may do less.
        RoleRevoked(revoke_role::RoleRevoked) = "RoleRevoked",
    }
}

/// An intention about a principal.
#[derive(Clone, Debug)]
pub enum Command {
    /// `IssueToken`
    IssueToken(issue_token::IssueToken),
    /// `RevokeToken`
    RevokeToken(TokenId),
    /// `GrantRole`
    GrantRole(grant_role::GrantRole),
    /// `RevokeRole`
    RevokeRole(RoleId),
}

/// Why a command about a principal is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody issued it.
    #[error("there is no such token")]
    TokenNotFound,
    /// Nobody granted it.
    #[error("there is no such role")]
    RoleNotFound,
    /// A token that would never be valid.
    #[error("a token must expire in the future")]
    ExpiredAlready,
    /// More valid tokens than a principal may have.
    #[error("the principal has {most} valid tokens, which is as many as it may have")]
    TooManyTokens {
        /// The bound.
        most: usize,
    },
    /// More roles than a principal may have.
    #[error("the principal has {most} roles, which is as many as it may have")]
    TooManyRoles {
        /// The bound.
        most: usize,
    },
}

/// A token, as the log knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// When it ends by itself; none for one that does not.
    pub expires_at: Option<Timestamp>,
    /// Whether it was ended.
    pub revoked: bool,
}

impl Token {
    /// Whether it may be used at this moment.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        !self.revoked && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

/// A role that was granted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What, and where.
    pub role: Role,
    /// Whether it still holds.
    pub held: bool,
}

/// What a principal has, as far as its history goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Access {
    /// Every token that was ever issued.
    pub tokens: BTreeMap<TokenId, Token>,
    /// Every role that was ever granted.
    pub grants: BTreeMap<RoleId, Grant>,
}

impl Access {
    /// The most tokens of one principal that are valid at a time.
    pub const TOKENS_MAX: usize = 100;
    /// The most roles of one principal.
    pub const ROLES_MAX: usize = 200;

    /// What it may do now.
    #[must_use]
    pub fn roles(&self) -> Roles {
        self.grants.values().filter(|grant| grant.held).map(|grant| grant.role).collect()
    }
}

impl Aggregate for Access {
    type Id = PrincipalId;
    type Command = Command;
    type Event = Event;
    type Error = Error;

    fn stream(id: PrincipalId) -> StreamId {
        StreamId::access(id)
    }

    fn own(event: &crate::Event) -> Option<&Event> {
        if let crate::Event::Access(event) = event { Some(event) } else { None }
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match command {
            Command::IssueToken(issue) => issue_token::decide(self, issue),
            Command::RevokeToken(token) => revoke_token::decide(self, token),
            Command::GrantRole(grant) => grant_role::decide(self, grant),
            Command::RevokeRole(role) => revoke_role::decide(self, role),
        }
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::TokenIssued(event) => {
                let token = Token { expires_at: event.expires_at, revoked: false };
                self.tokens.entry(event.token_id).or_insert(token);
            }
            Event::TokenRevoked(event) => {
                let token = Token { expires_at: None, revoked: true };
                self.tokens.entry(event.token_id).or_insert(token).revoked = true;
            }
            Event::RoleGranted(event) => {
                self.set(event.role_id, event.role, event.organization_id, true);
            }
            Event::RoleRevoked(event) => {
                self.set(event.role_id, event.role, event.organization_id, false);
            }
        }
        self
    }

    fn tags(id: PrincipalId, event: &Event) -> Vec<Tag> {
        let (organization, what) = match event {
            Event::TokenIssued(event) => (None, Tag::token(event.token_id)),
            Event::TokenRevoked(event) => (None, Tag::token(event.token_id)),
            Event::RoleGranted(event) => (event.organization_id, Tag::role(event.role_id)),
            Event::RoleRevoked(event) => (event.organization_id, Tag::role(event.role_id)),
        };
        let organization = organization.map(Tag::organization);
        organization.into_iter().chain([Tag::principal(id), what]).collect()
    }
}

impl Access {
    fn set(&mut self, id: RoleId, name: role::Name, at: Option<OrganizationId>, held: bool) {
        // A role without its organization gives nothing; no command ever recorded one.
        if let Some(role) = Role::of(name, at) {
            self.grants.insert(id, Grant { role, held });
        }
    }
}
