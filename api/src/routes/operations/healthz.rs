//! Whether the process lives. Asks nothing of anybody, so that a dead database restarts nothing.

use actix_web::HttpResponse;
use serde::Serialize;

/// The process lives.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Alive {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Say whether the process lives.
#[utoipa::path(
    get, path = "/healthz", operation_id = "healthz", tag = "operations",
    responses((status = 200, body = Alive, description = "It does")),
)]
pub(crate) async fn handle() -> HttpResponse {
    HttpResponse::Ok().json(Alive { status: "ok" })
}
