//! The contract of what is published on NATS.

use crate::{contracts::ASYNCAPI, parameters::Query, problem::Problem};
use actix_web::{HttpRequest, HttpResponse, http::header::ContentType};

/// Show what is published on NATS, as an `AsyncAPI` document.
#[utoipa::path(
    get, path = "/asyncapi.json", operation_id = "asyncapi", tag = "contracts",
    responses((status = 200, content_type = "application/json", body = Object,
        description = "AsyncAPI 3.0")),
)]
pub(crate) async fn handle(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Query::none(&request)?;
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(ASYNCAPI))
}
