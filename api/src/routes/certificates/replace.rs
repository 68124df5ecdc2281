//! `ReplaceCertificate`

use crate::{
    answer::{self, Recorded},
    body::Check,
    certificate::Body,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::certificate::replace::ReplaceCertificate;
use domain::ids::RecordId;

/// Put another key and chain in the place of a certificate's; every cluster that uses it follows.
#[utoipa::path(
    put, path = "/v1/certificates/{id}", operation_id = "replace_certificate",
    tag = "certificates",
    params(("id" = Uuid, Path, description = "The certificate")),
    request_body = Body,
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id(&request, "id")?;
    let by = state.by(&asked.request);
    let mut check = Check::default();
    let checked = asked.body.checked(&mut check, "", by.now);
    let checked = check.done(checked)?;
    let record = RecordId::of(by.command, "certificate_key");
    let verb = ReplaceCertificate { id, record, key: checked.key, public: checked.public };
    answer::accepted(&state.command(verb, asked.request).await?)
}
