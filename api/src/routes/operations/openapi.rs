//! The contract, as it is committed.

use actix_web::HttpResponse;

/// Show the `OpenAPI` document.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "openapi", tag = "contracts",
    responses((status = 200, content_type = "application/json",
        description = "This document")),
)]
pub(crate) async fn handle() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(crate::openapi::COMMITTED)
}
