//! `ImportImages`

use super::entry::Catalog;
use crate::{
    answer,
    body::Check,
    idempotency::Asked,
    parameters,
    problem::{Code, Problem},
    state::State,
    words::ImportOutcome,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::image::import::{Import, ImportImages};
use domain::ids::ProviderId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The answer to an import: it was recorded, and what became of each entry.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImagesImported {
    /// The provider.
    id: Uuid,
    /// The version of the provider's stream, for `If-Match`.
    version: i64,
    /// A read model at this position shows what the import did.
    position: i64,
    /// One for each entry, in their order.
    images: Vec<ImageImported>,
}

/// What became of an entry.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImageImported {
    /// The image.
    id: Uuid,
    /// The reference, as the entry has it.
    reference: String,
    outcome: ImportOutcome,
}

/// Import images, all or nothing: new references are declared, known ones changed to what is given.
#[utoipa::path(
    post, path = "/v1/providers/{id}/images/import", operation_id = "import_images",
    tag = "images",
    params(("id" = Uuid, Path, description = "The provider")),
    request_body = Catalog,
    responses((status = 202, body = ImagesImported, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Catalog>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let mut check = Check::default();
    let entries = asked.body.checked(&mut check);
    let verb = ImportImages::new(provider, check.done(entries)?);
    let recorded = state.command(verb, asked.request).await?;
    // From the result that was stored, since a repeat gets the first answer.
    let import: Import = serde_json::from_str(&recorded.result)
        .map_err(|error| Problem::hidden(Code::Internal, &error))?;
    let entries = import.images.into_iter().zip(asked.body.images);
    let body = ImagesImported {
        id: import.id.0,
        version: recorded.version.0,
        position: recorded.position.0,
        images: entries
            .map(|(imported, entry)| ImageImported {
                id: imported.id.0,
                reference: entry.reference,
                outcome: imported.outcome.into(),
            })
            .collect(),
    };
    Ok(answer::accepted_as(&recorded, &body))
}
