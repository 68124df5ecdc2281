//! All images of a provider, in the form that an import takes.

use super::entry::{Catalog, Image};
use crate::{
    cursor,
    headers::BERTH_POSITION,
    parameters::{self, Query},
    problem::Problem,
    routes::{listing, providers},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, http::header, web::Data};
use domain::ids::ProviderId;
use projections::{Model, image_list::query, page::After};

/// What a browser calls the file.
const FILE: &str = "attachment; filename=\"images.json\"";

/// Export the images of a provider. A `Link` with `rel="next"` leads to more than 1000.
#[utoipa::path(
    get, path = "/v1/providers/{id}/images/export", operation_id = "export_images",
    tag = "images",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("cursor" = Option<String>, Query, description = "Where the part before ended"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = Catalog, description = "What an import takes", headers(
        ("Link" = Option<String>, description = "Where the export goes on, with `rel=\"next\"`"),
    ))),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let mut query = Query::of(&request)?;
    let at_least = query.position("at_least")?;
    let cursor = query.text("cursor");
    query.done()?;
    let list = listing::identity(&request);
    let after = cursor.map(|cursor| cursor::read::<After>(&list, &cursor)).transpose()?;
    let export = || query::export(&state.queries, provider, after.clone());
    let found = state.read(Model::ImageList, at_least, export).await?;
    if found.items.is_empty() {
        // An unknown provider is not a provider without images.
        providers::view::found(&state, provider, at_least).await?;
    }
    let mut response = HttpResponse::Ok();
    if let Some(after) = found.next {
        let cursor = cursor::write(&list, &after)?;
        let next = format!("<{}?cursor={cursor}>; rel=\"next\"", request.path());
        response.insert_header((header::LINK, next));
    }
    let images = found.items.into_iter().map(Image::from).collect();
    Ok(response
        .insert_header((header::CONTENT_DISPOSITION, FILE))
        .insert_header((BERTH_POSITION, found.position.to_string()))
        .json(Catalog { images }))
}
