//! `RemoveCertificate`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::certificate::remove::RemoveCertificate;

/// Remove a certificate that no cluster uses; its key is shredded.
#[utoipa::path(
    delete, path = "/v1/certificates/{id}", operation_id = "remove_certificate",
    tag = "certificates",
    params(("id" = Uuid, Path, description = "The certificate")),
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id(&request, "id")?;
    let verb = RemoveCertificate { id };
    answer::accepted(&state.command(verb, asked.request).await?)
}
