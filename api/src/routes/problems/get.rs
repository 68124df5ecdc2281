//! The page of a problem: title, cause, cure.

use crate::{
    parameters,
    problem::{Code, Problem, page},
};
use actix_web::{HttpRequest, HttpResponse, http::header};

/// Explain a problem: HTML for a browser, else Markdown.
#[utoipa::path(
    get, path = "/problems/{code}", operation_id = "get_problem_page", tag = "contracts",
    params(("code" = String, Path, description = "The last part of the problem's `type`")),
    responses((status = 200, body = String, content_type = "text/markdown",
        description = "Title, cause and cure")),
)]
pub(crate) async fn handle(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let slug = parameters::text(&request, "code");
    let code = Code::ALL.iter().find(|code| code.slug() == slug);
    let code = code.ok_or_else(|| Problem::new(Code::NotFound, "there is no such problem"))?;
    Ok(answer(&request, code.page()))
}

/// Answers a page in the form that the client reads best.
pub(super) fn answer(request: &HttpRequest, markdown: &str) -> HttpResponse {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept"));
    if accept.is_some_and(|accept| accept.contains("text/html")) {
        response.content_type("text/html; charset=utf-8").body(page::html(markdown))
    } else {
        response.content_type("text/markdown; charset=utf-8").body(markdown.to_owned())
    }
}
