//! What people call a principal is beside the log, so it is changed there; no event tells of it.

use super::view::{Principal, found};
use crate::{
    body::{self, Check, given},
    parameters::{self, Query},
    problem::{Code, Problem},
    routes::tokens::issue::check_email,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use adapters::postgres::access::principals::Change;
use serde::Deserialize;

/// What is given changes, the rest stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangePrincipalRequest)]
pub(crate) struct Body {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Another e-mail address; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 254)]
    email: Option<Option<String>>,
}

impl Body {
    fn checked(self) -> Result<Change, Problem> {
        let mut check = Check::default();
        let name = self.name.and_then(|name| check.name("/name", &name));
        if let Some(Some(email)) = &self.email {
            check_email(&mut check, "/email", email);
        }
        let name = name.map(|name| name.to_string());
        check.done(Some(Change { name, email: self.email }))
    }
}

/// Change the name or the e-mail address of a principal, wherever they are shown. One that an
/// identity provider vouches for is called what that says.
#[utoipa::path(
    patch, path = "/v1/principals/{id}", operation_id = "change_principal", tag = "access",
    params(("id" = Uuid, Path, description = "The principal")),
    request_body = Body,
    responses((status = 200, body = Principal, description = "The principal as it is now")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    body: body::Body<Body>,
) -> Result<HttpResponse, Problem> {
    let id = parameters::id(&request, "id")?;
    Query::none(&request)?;
    let change = body.value.checked()?;
    let access = state.tokens.access();
    if found(access, id).await?.issuer.is_some() {
        let detail = "an identity provider says what the principal is called; change it there";
        return Err(Problem::new(Code::NamedElsewhere, detail));
    }
    access.rename(id, &change).await.map_err(|error| Problem::query(&error))?;
    let changed = found(access, id).await?;
    Ok(HttpResponse::Ok().json(Principal::from(changed)))
}
