//! Asks for providers.

use super::row::{Row, State};
use crate::page::{Error, Found, Listing, Page, Table};
use domain::{
    ids::{OrganizationId, ProviderId},
    name,
    provider::{DeploymentMode, Kind, Visibility},
    scope::Scope,
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
    /// Name or comments contain this, whatever its case; for the instance, also the name of a
    /// cluster.
    pub search: Option<String>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Public or private.
    pub visibility: Option<Visibility>,
    /// Enabled or disabled.
    pub state: Option<State>,
    /// In this mode.
    pub deployment_mode: Option<DeploymentMode>,
    /// With more than one cluster, or not.
    pub multi_cluster: Option<bool>,
    /// Those that this organization is associated with.
    pub associated_with: Option<OrganizationId>,
    /// Private ones that this organization is not associated with yet.
    pub associable_to: Option<OrganizationId>,
}

/// A page of the providers that the reader may see: to an organization these are the public ones,
/// and those it is associated with.
///
/// # Errors
/// The cursor belongs to another order, or PostgreSQL failed.
pub async fn list(
    pool: &PgPool,
    scope: &Scope,
    filter: &Filter,
    listing: &Listing,
) -> Result<Page<Row>, Error> {
    let conditions = |query: &mut QueryBuilder<Postgres>| {
        push(query, filter);
        push_search(query, scope, filter);
        push_visible(query, scope);
    };
    TABLE.list(pool, listing, conditions).await
}

/// One provider, if the reader may see it.
///
/// # Errors
/// PostgreSQL failed.
pub async fn get(pool: &PgPool, id: ProviderId, scope: &Scope) -> Result<Found<Row>, Error> {
    TABLE.get(pool, id.0, |query| push_visible(query, scope)).await
}

/// An organization is not shown clusters, so its search does not find them either.
fn push_search(query: &mut QueryBuilder<Postgres>, scope: &Scope, filter: &Filter) {
    let Some(part) = &filter.search else { return };
    let texts = match scope {
        Scope::Instance => "r.search_key",
        Scope::Organizations(_) => "split_part(r.search_key, chr(1), 1)",
    };
    query.push(" AND strpos(").push(texts).push(", ").push_bind(name::fold(part)).push(") > 0");
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
    if let Some(mode) = filter.deployment_mode {
        query.push(" AND r.deployment_mode = ").push_bind(super::deployment_mode(mode));
    }
    if let Some(multi_cluster) = filter.multi_cluster {
        query.push(" AND r.multi_cluster = ").push_bind(multi_cluster);
    }
    if let Some(organization) = filter.associated_with {
        query.push(" AND ").push(ASSOCIATED).push_bind(organization.0).push(")");
    }
    if let Some(organization) = filter.associable_to {
        query.push(" AND r.visibility = 'private' AND NOT ").push(ASSOCIATED);
        query.push_bind(organization.0).push(")");
    }
}

fn push_visible(query: &mut QueryBuilder<Postgres>, scope: &Scope) {
    if let Some(own) = scope.filter() {
        // A public provider is open to every organization, not to somebody without one.
        query.push(" AND cardinality(").push_bind(own.clone()).push("::uuid[]) > 0");
        query.push(" AND (r.visibility = 'public' OR ").push(ASSOCIATED);
        query.push("ANY(").push_bind(own).push(")))");
    }
}
