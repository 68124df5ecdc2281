//! Every problem there is.

use super::get::answer;
use crate::problem::{Code, Problem};
use actix_web::{HttpRequest, HttpResponse};

/// List every problem, with its address and status.
#[utoipa::path(
    get, path = "/problems", operation_id = "list_problem_pages", tag = "contracts",
    responses((status = 200, body = String, content_type = "text/markdown",
        description = "Each problem with its status and title")),
)]
pub(crate) async fn handle(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let lines: Vec<String> = Code::ALL
        .iter()
        .map(|code| format!("- `{}` {}: {}", code.address(), code.status().as_u16(), code.title()))
        .collect();
    Ok(answer(&request, &format!("# Problems\n\n{}\n", lines.join("\n"))))
}
