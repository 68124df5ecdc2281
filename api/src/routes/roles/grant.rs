//! `GrantRole`

use super::super::principals::view::found;
use crate::{
    answer::{self, Recorded},
    body::Check,
    idempotency::Asked,
    problem::Problem,
    state::State,
    words,
};
use actix_web::{HttpResponse, web::Data};
use commands::access::grant_role::GrantRole;
use domain::{
    ids::{OrganizationId, PrincipalId},
    role::Role,
};
use serde::Deserialize;
use uuid::Uuid;

/// A role to be granted.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GrantRoleRequest)]
pub(crate) struct Body {
    /// Who.
    principal_id: Uuid,
    /// What.
    role: words::Role,
    /// Where: given for `organization_administrator` and `member`, and for no other.
    organization_id: Option<Uuid>,
}

impl Body {
    fn checked(&self) -> Result<Role, Problem> {
        let place = self.organization_id.map(OrganizationId);
        let role = Role::of(self.role.into(), place);
        let mut check = Check::default();
        match (role, place) {
            (Some(_), _) => {}
            (None, Some(_)) => {
                let detail = "must not be given for a role of the instance";
                check.refuse("/organization_id", "unexpected", detail);
            }
            (None, None) => {
                let detail = "must be given for a role in an organization";
                check.refuse("/organization_id", "missing", detail);
            }
        }
        check.done(role)
    }
}

/// Grant a role. Granting it again changes nothing.
#[utoipa::path(
    post, path = "/v1/roles", operation_id = "grant_role", tag = "access",
    request_body = Body,
    responses((status = 201, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let role = asked.body.checked()?;
    let principal = found(state.tokens.access(), PrincipalId(asked.body.principal_id)).await?.id;
    let answer = state.command(GrantRole { principal, role }, asked.request).await?;
    state.tokens.forget();
    answer::created(&answer, |id| format!("/v1/roles/{id}"))
}
