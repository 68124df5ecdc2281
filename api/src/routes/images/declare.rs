//! `DeclareImage`

use crate::{
    answer::{self, Recorded},
    body::Check,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
    words::Visibility,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::image::declare::DeclareImage;
use domain::{
    ids::{ImageId, ProviderId},
    image::declare::Declare,
};
use serde::Deserialize;
use uuid::Uuid;

/// An image to be declared.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeclareImageRequest)]
pub(crate) struct Body {
    /// What is pulled, in Docker's format: `registry.example:5000/team/app:1.2`. Unique on the
    /// provider, whichever way it is spelt: `nginx` is `docker.io/library/nginx:latest`.
    #[schema(min_length = 1, example = "registry.example/team/app:1.2")]
    reference: String,
    visibility: Visibility,
}

/// Declare an image on a provider; it is disabled until somebody enables it.
#[utoipa::path(
    post, path = "/v1/providers/{id}/images", operation_id = "declare_image", tag = "images",
    params(("id" = Uuid, Path, description = "The provider")),
    request_body = Body,
    responses((status = 201, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let mut check = Check::default();
    let reference = check.reference("/reference", &asked.body.reference);
    let reference = check.done(reference)?;
    let declare = Declare { provider, reference, visibility: asked.body.visibility.into() };
    let verb = DeclareImage { id: ImageId(Uuid::now_v7()), declare };
    let recorded = state.command(verb, asked.request).await?;
    answer::created(&recorded, |id| format!("/v1/providers/{provider}/images/{id}"))
}
