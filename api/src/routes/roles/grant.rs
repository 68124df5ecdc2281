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

/// A role to be granted.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GrantRoleRequest)]
pub(crate) struct Body {
    /// Who.
    #[schema(value_type = uuid::Uuid)]
    principal_id: String,
    /// What.
    role: words::Role,
    /// Where: given for `organization_administrator` and `member`, and for no other.
    #[schema(value_type = Option<uuid::Uuid>)]
    organization_id: Option<String>,
}

impl Body {
    fn checked(&self) -> Result<(PrincipalId, Role), Problem> {
        let mut check = Check::default();
        let principal = check.uuid("/principal_id", &self.principal_id);
        let place = match &self.organization_id {
            Some(id) => check.uuid::<OrganizationId>("/organization_id", id).map(Some),
            None => Some(None),
        };
        let Some(place) = place else { return check.done(None) };
        let role = Role::of(self.role.into(), place);
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
        check.done(principal.zip(role))
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
    let (principal, role) = asked.body.checked()?;
    let principal = found(state.tokens.access(), principal).await?.id;
    let answer = state.command(GrantRole { principal, role }, asked.request).await?;
    state.tokens.forget();
    answer::created(&answer, |id| format!("/v1/roles/{id}"))
}
