//! One image.

use super::view::Image;
use crate::{
    answer,
    auth::Caller,
    parameters::{self, Query},
    problem::{Code, Problem},
    state::State,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ReqData},
};
use projections::{Model, image_list::query};

/// Show an image; to an organization, if it may use it.
#[utoipa::path(
    get, path = "/v1/providers/{id}/images/{image_id}", operation_id = "get_image", tag = "images",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("image_id" = Uuid, Path, description = "The image"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = Image, description = "The image")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    caller: ReqData<Caller>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id(&request, "id")?;
    let id = parameters::id(&request, "image_id")?;
    let mut query = Query::of(&request)?;
    let at_least = query.position("at_least")?;
    query.done()?;
    let scope = caller.scope();
    let get = || query::get(&state.queries, &scope, provider, id);
    let found = state.read(Model::ImageList, at_least, get).await?;
    let row = found
        .row
        .ok_or_else(|| Problem::new(Code::ImageNotFound, domain::image::Error::NotFound))?;
    let version = row.version;
    Ok(answer::profile(&Image::from(row), version, found.position))
}
