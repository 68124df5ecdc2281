//! `WithdrawImage`

use crate::{
    answer::{self, Recorded},
    body::Nothing,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::image::withdraw::WithdrawImage;

/// Withdraw an image; refused while a profile refers to it.
#[utoipa::path(
    delete, path = "/v1/providers/{id}/images/{image_id}", operation_id = "withdraw_image",
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
    let verb = WithdrawImage { provider, image };
    answer::accepted(&state.command(verb, asked.request).await?)
}
