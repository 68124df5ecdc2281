//! `ImportCertificate`

use crate::{
    answer::{self, Recorded},
    body::Check,
    certificate,
    idempotency::Asked,
    problem::Problem,
    state::State,
};
use actix_web::{HttpResponse, web::Data};
use commands::certificate::import::ImportCertificate;
use domain::ids::{CertificateId, RecordId};
use serde::Deserialize;
use uuid::Uuid;

/// A certificate to be kept.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportCertificateRequest)]
pub(crate) struct Body {
    /// Unique in the instance, regardless of case and Unicode form.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// The private key: PKCS#8, PKCS#1 or SEC1. It is kept in the vault and never shown.
    #[schema(format = "pem-private-key", max_length = 16384)]
    key: String,
    /// Its certificate and those of the authorities above it, each issued by the next.
    #[schema(format = "pem-certificates", max_length = 65536)]
    certificate: String,
    /// The authorities by which the other side is verified. Absent: those everybody trusts.
    #[schema(format = "pem-certificates", max_length = 65536)]
    ca: Option<String>,
}

/// Import a certificate with its private key.
#[utoipa::path(
    post, path = "/v1/certificates", operation_id = "import_certificate", tag = "certificates",
    request_body = Body,
    responses((status = 201, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let by = state.by(&asked.request);
    let Body { name, key, certificate, ca } = asked.body;
    let mut check = Check::default();
    let name = check.name("/name", &name);
    let checked = certificate::Body::new(key, certificate, ca).checked(&mut check, "", by.now);
    let (name, checked) = check.done(name.zip(checked))?;
    let verb = ImportCertificate {
        id: CertificateId(Uuid::now_v7()),
        name,
        record: RecordId::of(by.command, "certificate_key"),
        key: checked.key,
        public: checked.public,
    };
    let recorded = state.command(verb, asked.request).await?;
    answer::created(&recorded, |id| format!("/v1/certificates/{id}"))
}
