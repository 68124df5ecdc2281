//! Who the token belongs to.

use crate::{auth::Caller, parameters::Query, problem::Problem, words};
use actix_web::{HttpRequest, HttpResponse, web::ReqData};
use domain::role::Role;
use serde::Serialize;
use uuid::Uuid;

/// The principal behind a token.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    /// As events name it.
    id: Uuid,
    name: String,
    /// The widest of its roles; null: it has none.
    role: Option<words::Role>,
    /// What it may do, widest first.
    roles: Vec<HeldRole>,
}

/// A role of a principal.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct HeldRole {
    role: words::Role,
    /// Where it holds; null for the instance.
    organization_id: Option<Uuid>,
}

impl From<&Role> for HeldRole {
    fn from(role: &Role) -> Self {
        let organization_id = role.organization().map(|organization| organization.0);
        Self { role: role.name().into(), organization_id }
    }
}

/// Show whom the token belongs to.
#[utoipa::path(
    get, path = "/v1/me", operation_id = "get_me", tag = "access",
    responses((status = 200, body = Me, description = "The principal")),
)]
pub(crate) async fn handle(
    caller: ReqData<Caller>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    Query::none(&request)?;
    let caller = caller.into_inner();
    let roles: Vec<HeldRole> = caller.roles.0.iter().map(HeldRole::from).collect();
    let role = roles.first().map(|widest| widest.role);
    let me = Me { id: caller.id.0, name: caller.name, role, roles };
    Ok(HttpResponse::Ok().json(me))
}
