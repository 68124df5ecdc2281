//! `ChangeImageVisibility`

use crate::{
    answer::{self, Recorded},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
    words::Visibility,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::image::change_visibility::ChangeImageVisibility;
use serde::Deserialize;

/// Who may use the image.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeImageVisibilityRequest)]
pub(crate) struct Body {
    visibility: Visibility,
}

/// Make an image public or private.
#[utoipa::path(
    put, path = "/v1/providers/{id}/images/{image_id}/visibility",
    operation_id = "change_image_visibility", tag = "images",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("image_id" = Uuid, Path, description = "The image"),
    ),
    request_body = Body,
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id(&request, "id")?;
    let image = parameters::id(&request, "image_id")?;
    let visibility = asked.body.visibility.into();
    let verb = ChangeImageVisibility { provider, image, visibility };
    answer::accepted(&state.command(verb, asked.request).await?)
}
