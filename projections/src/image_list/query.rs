//! Asks for images. Which of them an organization may use is the domain's rule: the condition is
//! made of every standing that it calls available.

use super::row::Row;
use crate::{
    page::{After, Error, Found, Listing, Page, Sort, Table},
    provider_list::{self, row::State},
};
use domain::{
    ids::{ImageId, OrganizationId, ProviderId},
    image::availability::{Offer, Standing},
    name,
    provider::Visibility,
    scope::Scope,
};
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

const TABLE: Table = Table {
    checkpoint: "rm_image_list.checkpoint",
    rows: "rm_image_list.image",
    stale: "EXISTS (SELECT FROM rm_image_list.stuck_event e \
            WHERE e.stream IN ('image:' || r.id, 'provider:' || r.provider_id))",
};

/// The most images of one part of an export.
pub const EXPORT_MAX: u16 = 1000;

/// Which images; all of what is given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Of this provider.
    pub provider: Option<ProviderId>,
    /// The reference contains this, whatever its case.
    pub reference: Option<String>,
    /// Public or private.
    pub visibility: Option<Visibility>,
    /// Enabled or disabled.
    pub state: Option<State>,
    /// Those that this organization may use.
    pub available_to: Option<OrganizationId>,
}

/// A page of the images that the reader may see: to an organization these are the ones it may use.
/// The name they are sorted by is the reference.
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
        push_available(query, scope.filter());
    };
    TABLE.list(pool, listing, conditions).await
}

/// One image, if it is of this provider, and if the reader may see it.
///
/// # Errors
/// PostgreSQL failed.
pub async fn get(
    pool: &PgPool,
    scope: &Scope,
    provider: ProviderId,
    id: ImageId,
) -> Result<Found<Row>, Error> {
    let conditions = |query: &mut QueryBuilder<Postgres>| {
        query.push(" AND r.provider_id = ").push_bind(provider.0);
        push_available(query, scope.filter());
    };
    TABLE.get(pool, id.0, conditions).await
}

/// The images of a provider by reference, `EXPORT_MAX` at once: what an import makes again.
///
/// # Errors
/// The cursor belongs to another order, or PostgreSQL failed.
pub async fn export(
    pool: &PgPool,
    provider: ProviderId,
    after: Option<After>,
) -> Result<Page<Row>, Error> {
    let listing = Listing { sort: Sort::Name, after, limit: EXPORT_MAX };
    let filter = Filter { provider: Some(provider), ..Filter::default() };
    TABLE.part(pool, &listing, EXPORT_MAX, |query| push(query, &filter)).await
}

fn push(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(provider) = filter.provider {
        query.push(" AND r.provider_id = ").push_bind(provider.0);
    }
    if let Some(part) = &filter.reference {
        query.push(" AND strpos(r.name_key, ").push_bind(name::fold(part)).push(") > 0");
    }
    if let Some(visibility) = filter.visibility {
        query.push(" AND r.visibility = ").push_bind(provider_list::visibility(visibility));
    }
    if let Some(state) = filter.state {
        query.push(" AND r.state = ").push_bind(state.as_str());
    }
    push_available(query, filter.available_to.map(|organization| vec![organization.0]));
}

/// Available to one of these organizations at least; it is enough that one is associated, since an
/// association only ever opens something.
fn push_available(query: &mut QueryBuilder<Postgres>, organizations: Option<Vec<Uuid>>) {
    let Some(organizations) = organizations else { return };
    // What is public is open to every organization, not to somebody without one.
    query.push(" AND cardinality(").push_bind(organizations.clone()).push("::uuid[]) > 0");
    query.push(
        " AND EXISTS (SELECT FROM rm_image_list.provider p, LATERAL (SELECT EXISTS (
            SELECT FROM rm_image_list.association a
            WHERE a.provider_id = p.id AND a.organization_id = ANY(",
    );
    query.push_bind(organizations);
    query.push("))) o (associated) WHERE p.id = r.provider_id AND ");
    query.push("(p.state, p.visibility, r.state, r.visibility, o.associated) IN (");
    let mut available = query.separated(", ");
    for standing in Standing::each().filter(|standing| standing.is_available()) {
        let (provider, image) = (words(standing.provider), words(standing.image));
        available.push(format_args!("({provider}, {image}, {})", standing.associated));
    }
    query.push("))");
}

/// An offer as the columns have it: state and visibility.
fn words(offer: Offer) -> String {
    let state = if offer.enabled { State::Enabled } else { State::Disabled };
    format!("'{}', '{}'", state.as_str(), provider_list::visibility(offer.visibility))
}
