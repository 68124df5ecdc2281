//! One certificate.

use super::view::Certificate;
use crate::{
    answer,
    parameters::{self, Query, When},
    problem::{Code, Problem},
    routes::past,
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
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
    ),
    responses((status = 200, body = Certificate, description = "The certificate")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id::<CertificateId>(&request, "id")?;
    let mut query = Query::of(&request)?;
    let when = query.when()?;
    query.done()?;
    let (row, position) = match when {
        When::Past(when) => past::certificate(&state, id, when).await?,
        When::Now(at_least) => {
            let get = || query::get(&state.queries, id);
            let found = state.read(Model::CertificateList, at_least, get).await?;
            let row = found.row.ok_or_else(|| {
                Problem::new(Code::CertificateNotFound, domain::certificate::Error::NotFound)
            })?;
            (row, found.position)
        }
    };
    let version = row.version;
    Ok(answer::profile(&Certificate::from(row), version, position))
}
