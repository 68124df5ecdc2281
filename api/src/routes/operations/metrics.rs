//! Numbers for Prometheus.

use crate::{
    problem::{Code, Problem},
    state::State,
};
use actix_web::{HttpResponse, web::Data};

/// The media type of the text format.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Show the numbers of this process.
#[utoipa::path(
    get, path = "/metrics", operation_id = "metrics", tag = "operations",
    responses((status = 200, body = String, content_type = "application/openmetrics-text",
        description = "The text format of OpenMetrics")),
)]
pub(crate) async fn handle(state: Data<State>) -> Result<HttpResponse, Problem> {
    let text = state.metrics.text().map_err(|error| Problem::hidden(Code::Internal, &error))?;
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(text))
}
