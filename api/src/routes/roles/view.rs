//! A role of a principal, as administrators see it.

use super::super::tokens::view::names;
use crate::{
    problem::{Code, Problem},
    state::State,
    words,
};
use adapters::postgres::event_feed::TagFilter;
use domain::{StreamId, ids::PrincipalId, scope::Scope, stream::Kind, tag::Tag};
use projections::access_list::row;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A role of a principal.
#[derive(Serialize, ToSchema)]
pub(crate) struct Grant {
    id: Uuid,
    /// Whose it is.
    principal_id: Uuid,
    /// Its name; null for one that is not known any more.
    principal_name: Option<String>,
    role: words::Role,
    /// Where it holds; null for the instance.
    organization_id: Option<Uuid>,
    /// When it was granted last.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was revoked; null while it holds.
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
    /// Whether an event about it could not be applied, so that this may be out of date.
    stale: bool,
}

/// A page of roles.
#[derive(Serialize, ToSchema)]
pub(crate) struct GrantPage {
    items: Vec<Grant>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

/// The roles with the names of their principals.
pub(super) async fn told(state: &State, rows: Vec<row::Grant>) -> Result<Vec<Grant>, Problem> {
    let names = names(state, rows.iter().map(|row| row.principal)).await?;
    let told = rows.into_iter().map(|row| Grant {
        id: row.id.0,
        principal_id: row.principal.0,
        principal_name: names.get(&row.principal).cloned(),
        role: row.role.name().into(),
        organization_id: row.role.organization().map(|place| place.0),
        created_at: row.created_at.to_string(),
        revoked_at: row.revoked_at.map(|time| time.to_string()),
        stale: row.stale,
    });
    Ok(told.collect())
}

/// Whose token or role it is, by the log: what was recorded a moment ago is found.
pub(in crate::routes) async fn holder(
    state: &State,
    tag: &Tag,
) -> Result<Option<PrincipalId>, Problem> {
    let events = state.feed.tagged(&Scope::Instance, tag, &TagFilter::default(), 1).await?;
    let Some(event) = events.first() else { return Ok(None) };
    let stream: StreamId =
        event.stream.parse().map_err(|error| Problem::hidden(Code::UnreadableEvent, &error))?;
    Ok((stream.kind == Kind::Access).then_some(PrincipalId(stream.id)))
}
