//! The JSON Schema of an event.

use crate::{
    contracts,
    parameters::{self, Query},
    problem::{Code, Problem},
};
use actix_web::{HttpRequest, HttpResponse};

/// Show the JSON Schema of an event, in the version of its shape.
#[utoipa::path(
    get, path = "/schemas/events/{type}/{version}", operation_id = "event_schema",
    tag = "contracts",
    params(
        ("type" = String, Path, description = "The stored type", example = "NodeLabeled"),
        ("version" = i16, Path, description = "The version of its shape", example = 1),
    ),
    responses((status = 200, content_type = "application/schema+json", body = Object,
        description = "JSON Schema, draft 7")),
)]
pub(crate) async fn handle(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Query::none(&request)?;
    let version = parameters::text(&request, "version").parse().ok();
    let found =
        version.and_then(|version| contracts::schema(parameters::text(&request, "type"), version));
    let schema =
        found.ok_or_else(|| Problem::new(Code::NotFound, "no event has this type and version"))?;
    Ok(HttpResponse::Ok().content_type("application/schema+json").body(schema))
}
