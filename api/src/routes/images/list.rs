//! A page of the images of a provider.

use super::view::{Image, ImagePage};
use crate::{
    auth::Caller,
    parameters::{self, Query},
    problem::{Code, Problem},
    routes::listing,
    state::State,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, ReqData},
};
use domain::{ids::ProviderId, provider::Visibility};
use projections::{
    Model,
    image_list::query::{self, Filter},
    provider_list::{self, row},
};

fn filter(query: &mut Query, provider: ProviderId) -> Result<Filter, Problem> {
    let visibilities = [("public", Visibility::Public), ("private", Visibility::Private)];
    let states = [row::State::Disabled, row::State::Enabled].map(|state| (state.as_str(), state));
    Ok(Filter {
        provider: Some(provider),
        reference: query.text("reference"),
        visibility: query.word("visibility", &visibilities)?,
        state: query.word("state", &states)?,
        available_to: query.uuid("available_to")?,
    })
}

/// List the images of a provider: all of them, or those that the caller's organizations may use.
#[utoipa::path(
    get, path = "/v1/providers/{id}/images", operation_id = "list_images", tag = "images",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("reference" = Option<String>, Query, description = "The reference contains this"),
        ("visibility" = Option<String>, Query, description = "`public` or `private`"),
        ("state" = Option<String>, Query, description = "`enabled` or `disabled`"),
        ("available_to" = Option<Uuid>, Query, description = "Those this organization may use: \
            provider and image are enabled, and it sees both"),
        ("sort" = Option<String>, Query, description = "`name`, which is the reference, `-name`, \
            `created_at` or `-created_at`"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = ImagePage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    caller: ReqData<Caller>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let mut query = Query::of(&request)?;
    let filter = filter(&mut query, provider)?;
    let asked = listing::asked(&request, query)?;
    let scope = caller.scope();
    // What others may use is told to nobody who is not one of them.
    if filter.available_to.is_some_and(|organization| !scope.covers(organization)) {
        let hidden = domain::organization::Error::NotFound;
        return Err(Problem::new(Code::OrganizationNotFound, hidden));
    }
    let list = || query::list(&state.queries, &scope, &filter, &asked.listing);
    let page = state.read(Model::ImageList, asked.at_least, list).await?;
    if page.items.is_empty() {
        // A provider that is unknown, or not seen, is not one without images.
        let get = || provider_list::query::get(&state.queries, provider, &scope);
        let found = state.read(Model::ProviderList, asked.at_least, get).await?;
        found.row.ok_or_else(|| {
            Problem::new(Code::ProviderNotFound, domain::provider::Error::NotFound)
        })?;
    }
    listing::answer::<_, Image>(&asked, page)
}
