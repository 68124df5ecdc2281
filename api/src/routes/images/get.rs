//! One image.

use super::view::Image;
use crate::{
    answer,
    auth::Caller,
    parameters::{self, Query, When},
    problem::{Code, Problem},
    routes::past,
    state::State,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ReqData},
};
use domain::scope::Scope;
use projections::{Model, image_list::query};

/// Show an image; to an organization, if it may use it.
#[utoipa::path(
    get, path = "/v1/providers/{id}/images/{image_id}", operation_id = "get_image", tag = "images",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("image_id" = Uuid, Path, description = "The image"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
        ("as_of" = Option<String>, Query, description = "Show it as it was: a position of the log, \
            or a time of RFC 3339"),
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
    let when = query.when()?;
    query.done()?;
    let scope = caller.scope();
    let none = || Problem::new(Code::ImageNotFound, domain::image::Error::NotFound);
    let get = || query::get(&state.queries, &scope, provider, id);
    // What somebody may see of the past is what they may see now.
    let (row, position) = match (when, &scope) {
        (When::Past(when), Scope::Instance) => past::image(&state, provider, id, when).await?,
        (When::Past(when), Scope::Organizations(_)) => {
            state.read(Model::ImageList, None, get).await?.row.ok_or_else(none)?;
            past::image(&state, provider, id, when).await?
        }
        (When::Now(at_least), _) => {
            let found = state.read(Model::ImageList, at_least, get).await?;
            (found.row.ok_or_else(none)?, found.position)
        }
    };
    let version = row.version;
    Ok(answer::profile(&Image::from(row), version, position))
}
