//! `SetRegistryCredential`

use crate::{
    answer::{self, Recorded},
    body::{Check, Hidden},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::{
    ports::vault::Secret,
    provider::{login::Login, set_registry_credential::SetRegistryCredential},
};
use domain::{
    ids::{ProviderId, RecordId},
    image::Registry,
    text,
};
use serde::Deserialize;
use std::str;

/// The longest user, in characters.
const USERNAME_CHARACTERS_MAX: usize = 255;
/// The longest password, in bytes: some registries hand out tokens and keys of several KiB.
const PASSWORD_BYTES_MAX: usize = 16_384;

/// A user and a password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SetRegistryCredentialRequest)]
pub(crate) struct Body {
    /// Who pulls; without a colon, which HTTP takes for the end of it.
    #[schema(min_length = 1, max_length = 255, example = "robot")]
    username: String,
    /// The password, or what the registry takes in its place: 1 byte to 16 KiB in UTF-8. It is
    /// never shown.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 16_384,
        write_only)]
    password: Hidden,
}

impl Body {
    fn checked(self, check: &mut Check) -> Option<Login> {
        let is_line = text::line(&self.username, USERNAME_CHARACTERS_MAX);
        let username = check.take("/username", is_line).is_some();
        if self.username.contains(':') {
            let detail = "must not contain a colon, which ends it in HTTP authentication";
            check.refuse("/username", "colon", detail);
        }
        let password = password(check, self.password);
        let login = Login::new(&self.username, &password?);
        login.filter(|_| username)
    }
}

/// A password is passed on as it is, so only what no registry takes is refused. No refusal says
/// which character it was.
fn password(check: &mut Check, password: Hidden) -> Option<Secret> {
    let field = "/password";
    let bytes = password.0.expose();
    if bytes.is_empty() {
        check.refuse(field, "empty", "must not be empty");
        return None;
    }
    if bytes.len() > PASSWORD_BYTES_MAX {
        let detail =
            format!("must have at most {PASSWORD_BYTES_MAX} bytes, but has {}", bytes.len());
        check.refuse(field, "too_long", detail);
        return None;
    }
    if bytes.ends_with(b"\n") {
        check.refuse(field, "padded", "must not end in a line break; leave it out");
        return None;
    }
    let is_refused = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if !str::from_utf8(bytes).is_ok_and(|text| !text.contains(is_refused)) {
        let detail = "must have no control characters but tabs and line breaks";
        check.refuse(field, "unprintable", detail);
        return None;
    }
    Some(password.0)
}

/// Set the credential that images of a registry are pulled with, or another one; the one before is
/// forgotten.
///
/// `registry` is a host, with a port if needed, as references name it: in lower case, `docker.io`
/// for Docker Hub and for references that name none (`index.docker.io` is taken for it). Another
/// port is another registry.
#[utoipa::path(
    put, path = "/v1/providers/{id}/registries/{registry}",
    operation_id = "set_registry_credential", tag = "registries",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("registry" = String, Path,
            description = "A host, with a port if needed; `docker.io` is Docker Hub"),
    ),
    request_body = Body,
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let mut check = Check::default();
    let registry = check.take("registry", Registry::parse(parameters::text(&request, "registry")));
    let login = asked.body.checked(&mut check);
    let (registry, login) = check.done(registry.zip(login))?;
    let record = RecordId::of(asked.request.metadata.command_id, "registry");
    let verb = SetRegistryCredential { provider, registry, record, login };
    answer::accepted(&state.command(verb, asked.request).await?)
}
