//! `DisableImage`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::image::disable::DisableImage;

/// Disable an image: nothing new may use it; what runs keeps running.
#[utoipa::path(
    post, path = "/v1/providers/{id}/images/{image_id}/disable", operation_id = "disable_image",
    tag = "images",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("image_id" = Uuid, Path, description = "The image"),
    ),
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Nothing>,
) -> Result<HttpResponse, Problem> {
    let Nothing {} = asked.body;
    let provider = parameters::id(&request, "id")?;
    let image = parameters::id(&request, "image_id")?;
    let verb = DisableImage { provider, image };
    answer::accepted(&state.command(verb, asked.request).await?)
}
