//! Who the token belongs to.

use crate::{auth::Caller, parameters::Query, problem::Problem};
use actix_web::{HttpRequest, HttpResponse, web::ReqData};
use serde::Serialize;
use uuid::Uuid;

/// The principal behind a token.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    /// As events name it.
    id: Uuid,
    name: String,
    /// What it may do: `administrator` may do everything.
    #[schema(example = "administrator")]
    role: &'static str,
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
    let me = Me { id: caller.id.0, name: caller.name, role: "administrator" };
    Ok(HttpResponse::Ok().json(me))
}
