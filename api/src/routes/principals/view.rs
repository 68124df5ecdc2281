//! A principal as administrators and auditors see it.

use crate::problem::{Code, Problem};
use adapters::postgres::access::{Access, principals};
use domain::ids::PrincipalId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who acts. Events know it by its id alone.
#[derive(Serialize, ToSchema)]
pub(crate) struct Principal {
    id: Uuid,
    /// Empty once it is erased.
    name: String,
    email: Option<String>,
    /// Whether what was known of it was erased.
    erased: bool,
    /// The identity provider that vouches for it; null for one that was made here.
    issuer: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
}

/// A page of principals.
#[derive(Serialize, ToSchema)]
pub(crate) struct PrincipalPage {
    items: Vec<Principal>,
    /// Where the list goes on; null at its end.
    next_cursor: Option<String>,
}

impl From<principals::Principal> for Principal {
    fn from(principal: principals::Principal) -> Self {
        Self {
            id: principal.id.0,
            erased: principal.is_erased(),
            name: principal.name,
            email: principal.email,
            issuer: principal.issuer,
            created_at: principal.created_at.to_string(),
        }
    }
}

/// A principal that is known.
pub(in crate::routes) async fn found(
    access: &Access,
    id: PrincipalId,
) -> Result<principals::Principal, Problem> {
    let found = access.principal(id).await.map_err(|error| Problem::query(&error))?;
    found.ok_or_else(|| Problem::new(Code::PrincipalNotFound, "there is no such principal"))
}
