//! A page of the certificates.

use super::view::{Certificate, CertificatePage};
use crate::{parameters::Query, problem::Problem, routes::listing, state::State};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use projections::{
    Model,
    certificate_list::query::{self, Filter},
};

/// List certificates with their ends, and what uses them.
#[utoipa::path(
    get, path = "/v1/certificates", operation_id = "list_certificates", tag = "certificates",
    params(
        ("name" = Option<String>, Query, description = "The name contains this"),
        ("expires_before" = Option<String>, Query, description = "They end before this time, or \
            have ended"),
        ("sort" = Option<String>, Query, description = "`name`, `-name`, `created_at`, \
            `-created_at`, `not_after` (what ends first) or `-not_after`"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = CertificatePage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::of(&request)?;
    let expires_before = query.time("expires_before")?;
    let filter = Filter { name: query.text("name"), expires_before };
    let asked = listing::asked_of_ends(&request, query)?;
    let list = || query::list(&state.queries, &filter, &asked.listing);
    let page = state.read(Model::CertificateList, asked.at_least, list).await?;
    listing::answer::<_, Certificate>(&asked, page)
}
