//! Asks for providers.

use super::row::{Row, State};
use crate::page::{Error, Found, Listing, Page, Table};
use domain::{
    ids::{OrganizationId, ProviderId},
    name,
    provider::{Kind, Visibility},
};
use sqlx::{PgPool, Postgres, QueryBuilder};

const TABLE: Table = Table {
    checkpoint: "rm_provider_list.checkpoint",
    rows: "rm_provider_list.provider",
    stale: "EXISTS (SELECT FROM rm_provider_list.stuck_event e \
            WHERE e.stream = 'provider:' || r.id OR e.tags @> ARRAY['provider:' || r.id])",
};

const ASSOCIATED: &str = "EXISTS (SELECT FROM rm_provider_list.association a \
    WHERE a.provider_id = r.id AND a.organization_id = ";

/// Which providers; all of what is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The name contains this, whatever its case.
    pub name: Option<String>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Public or private.
    pub visibility: Option<Visibility>,
    /// Enabled or disabled.
    pub state: Option<State>,
    /// What this organization may use: public ones, and those it is associated with.
    pub visible_to: Option<OrganizationId>,
    /// Those that this organization is associated with.
    pub associated_with: Option<OrganizationId>,
    /// Private ones that this organization is not associated with yet.
    pub associable_to: Option<OrganizationId>,
}

/// A page of the providers.
///
/// # Errors
/// The cursor belongs to another order, or PostgreSQL failed.
pub async fn list(pool: &PgPool, filter: &Filter, listing: &Listing) -> Result<Page<Row>, Error> {
    TABLE.list(pool, listing, |query| push(query, filter)).await
}

/// One provider, if `visible_to` may see it (everybody may, where no organization is given).
///
/// # Errors
/// PostgreSQL failed.
pub async fn get(
    pool: &PgPool,
    id: ProviderId,
    visible_to: Option<OrganizationId>,
) -> Result<Found<Row>, Error> {
    TABLE.get(pool, id.0, |query| push_visible(query, visible_to)).await
}

fn push(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(part) = &filter.name {
        query.push(" AND strpos(r.name_key, ").push_bind(name::fold(part)).push(") > 0");
    }
    if let Some(kind) = filter.kind {
        query.push(" AND r.kind = ").push_bind(super::kind(kind));
    }
    if let Some(visibility) = filter.visibility {
        query.push(" AND r.visibility = ").push_bind(super::visibility(visibility));
    }
    if let Some(state) = filter.state {
        query.push(" AND r.state = ").push_bind(state.as_str());
    }
    push_visible(query, filter.visible_to);
    if let Some(organization) = filter.associated_with {
        query.push(" AND ").push(ASSOCIATED).push_bind(organization.0).push(")");
    }
    if let Some(organization) = filter.associable_to {
        query.push(" AND r.visibility = 'private' AND NOT ").push(ASSOCIATED);
        query.push_bind(organization.0).push(")");
    }
}

fn push_visible(query: &mut QueryBuilder<Postgres>, organization: Option<OrganizationId>) {
    if let Some(organization) = organization {
        query.push(" AND (r.visibility = 'public' OR ").push(ASSOCIATED);
        query.push_bind(organization.0).push("))");
    }
}
