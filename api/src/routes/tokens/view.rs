//! A token as administrators see it: everything but the token.

use crate::{problem::Problem, state::State};
use domain::{Timestamp, ids::PrincipalId};
use projections::access_list::row;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A token, without itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct Token {
    /// Its id, which is no secret.
    id: Uuid,
    /// Whose it is.
    principal_id: Uuid,
    /// Its name; null for one that is not known any more.
    principal_name: Option<String>,
    /// What people call it.
    description: Option<String>,
    state: TokenState,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// Whether a token may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenState {
    /// It may.
    Valid,
    /// It has ended by itself.
    Expired,
    /// It was ended.
    Revoked,
}

/// A page of tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenPage {
    items: Vec<Token>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

/// The tokens with what is known of them beside the log, judged at a time.
pub(super) async fn told(
    state: &State,
    rows: Vec<row::Token>,
    now: Timestamp,
) -> Result<Vec<Token>, Problem> {
    let access = state.tokens.access();
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let described = access.descriptions(&ids).await.map_err(|error| Problem::query(&error))?;
    let names = names(state, rows.iter().map(|row| row.principal)).await?;
    let told = rows.into_iter().map(|row| Token {
        id: row.id.0,
        principal_id: row.principal.0,
        principal_name: names.get(&row.principal).cloned(),
        description: described.get(&row.id).cloned(),
        state: condition(&row, now),
        created_at: row.created_at.to_string(),
        expires_at: row.expires_at.map(|time| time.to_string()),
        revoked_at: row.revoked_at.map(|time| time.to_string()),
        stale: row.stale,
    });
    Ok(told.collect())
}

/// The names of some principals.
pub(in crate::routes) async fn names(
    state: &State,
    principals: impl Iterator<Item = PrincipalId>,
) -> Result<BTreeMap<PrincipalId, String>, Problem> {
    let names = adapters::postgres::names::names(&state.queries, &principals.collect()).await;
    names.map_err(|error| Problem::query(&error))
}

fn condition(row: &row::Token, now: Timestamp) -> TokenState {
    match (row.revoked_at, row.expires_at) {
        (Some(_), _) => TokenState::Revoked,
        (None, Some(end)) if end <= now => TokenState::Expired,
        (None, _) => TokenState::Valid,
    }
}
