//! One certificate.

use super::view::Certificate;
use crate::{
    answer,
    parameters::{self, Query},
    problem::{Code, Problem},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::ids::CertificateId;
use projections::{Model, certificate_list::query};

/// Show a certificate, without its key.
#[utoipa::path(
    get, path = "/v1/certificates/{id}", operation_id = "get_certificate", tag = "certificates",
    params(
        ("id" = Uuid, Path, description = "The certificate"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = Certificate, description = "The certificate")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id::<CertificateId>(&request, "id")?;
    let mut query = Query::of(&request)?;
    let at_least = query.position("at_least")?;
    query.done()?;
    let get = || query::get(&state.queries, id);
    let found = state.read(Model::CertificateList, at_least, get).await?;
    let row = found.row.ok_or_else(|| {
        Problem::new(Code::CertificateNotFound, domain::certificate::Error::NotFound)
    })?;
    let version = row.version;
    Ok(answer::profile(&Certificate::from(row), version, found.position))
}
