//! `IssueToken`

use crate::{
    answer,
    auth::Caller,
    body::Check,
    idempotency::Asked,
    parameters,
    problem::{Code, Problem},
    state::State,
};
use actix_web::{
    HttpResponse,
    web::{Data, ReqData},
};
use adapters::postgres::access::{Access, NewToken, TokenHash};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use commands::access::issue_token::IssueToken;
use domain::{
    Timestamp,
    access::issue_token,
    ids::{CommandId, PrincipalId, TokenId},
    text,
};
use serde::{Deserialize, Serialize};
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

/// Random bytes of a token.
const BYTES: usize = 32;
/// The longest description, in characters.
const DESCRIPTION_CHARACTERS_MAX: usize = 200;
/// The longest e-mail address, in characters.
const EMAIL_CHARACTERS_MAX: usize = 254;
/// The name of the principal that a command makes, within the id of the command.
const NEW_PRINCIPAL: &[u8] = b"principal";

/// A token to be issued: of a principal that is known, of a new one, or of the caller.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IssueTokenRequest)]
pub(crate) struct Body {
    /// Whose token; neither this nor `principal`: the caller's own.
    #[schema(value_type = Option<Uuid>)]
    principal_id: Option<String>,
    /// A new principal, without any role yet.
    principal: Option<NewPrincipal>,
    /// What people call it. Kept beside the log.
    #[schema(min_length = 1, max_length = 200)]
    description: Option<String>,
    /// When it ends by itself; none for a token that does not.
    #[schema(format = DateTime, example = "2026-03-01T12:00:00.000000Z")]
    expires_at: Option<String>,
}

/// A principal to be made. Name and address are kept beside the log.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPrincipal {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[schema(min_length = 1, max_length = 254)]
    email: Option<String>,
}

/// A token that was issued.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct IssuedToken {
    /// The token's id, which is no secret.
    id: Uuid,
    /// The version of the principal's stream, for `If-Match`.
    version: i64,
    /// A read model at this position shows what the command did.
    position: i64,
    /// Whose it is.
    principal_id: Uuid,
    /// The token. It is shown in this answer and never again: a repeat of the command has null.
    token: Option<String>,
}

/// What was asked for, once every field was checked.
struct Wanted {
    principal: Option<PrincipalId>,
    new: Option<(String, Option<String>)>,
    description: Option<String>,
    expires_at: Option<Timestamp>,
}

impl Body {
    fn checked(self) -> Result<Wanted, Problem> {
        let mut check = Check::default();
        if self.principal.is_some() && self.principal_id.is_some() {
            let detail = "must not be given together with `principal_id`";
            check.refuse("/principal", "exclusive", detail);
        }
        let new = self.principal.map(|new| {
            let name = check.name("/principal/name", &new.name);
            if let Some(email) = &new.email {
                check_email(&mut check, "/principal/email", email);
            }
            (name.map_or_else(String::new, |name| name.to_string()), new.email)
        });
        if let Some(description) = &self.description {
            check.take("/description", text::line(description, DESCRIPTION_CHARACTERS_MAX));
        }
        let expires_at = self.expires_at.and_then(|time| {
            let parsed = parameters::rfc3339(&time);
            if parsed.is_none() {
                check.refuse("/expires_at", "format", parameters::TIME_RULE);
            }
            parsed
        });
        let principal =
            self.principal_id.and_then(|id| check.uuid::<PrincipalId>("/principal_id", &id));
        check.done(Some(Wanted { principal, new, description: self.description, expires_at }))
    }
}

/// Checks an e-mail address, as far as one can without writing to it.
pub(in crate::routes) fn check_email(check: &mut Check, field: &str, email: &str) {
    check.take(field, text::line(email, EMAIL_CHARACTERS_MAX));
    if !email.contains('@') {
        check.refuse(field, "format", "must be an e-mail address");
    }
}

/// Issue a token. It is shown in the answer, and never again.
#[utoipa::path(
    post, path = "/v1/tokens", operation_id = "issue_token", tag = "access",
    request_body = Body,
    responses((status = 201, body = IssuedToken, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    caller: ReqData<Caller>,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let wanted = asked.body.checked()?;
    let access = state.tokens.access();
    let command = asked.request.metadata.command_id;
    let principal = principal(access, &wanted, &caller, command).await?;
    let token = format!("berth_{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; BYTES]>()));
    let kept = NewToken {
        id: TokenId(Uuid::now_v7()),
        hash: TokenHash::of(&token),
        principal,
        description: wanted.description,
    };
    access.keep(&kept).await.map_err(|error| Problem::query(&error))?;
    let now = Timestamp::new(OffsetDateTime::now_utc());
    let issue = issue_token::IssueToken { token: kept.id, expires_at: wanted.expires_at, now };
    let answer = state.command(IssueToken { principal, issue }, asked.request).await;
    // A repeat of a command is answered with the token that it issued first, which nobody knows.
    let is_first = answer.as_ref().is_ok_and(|answer| answer::made(answer).ok() == Some(kept.id.0));
    let is_unknown = answer.as_ref().is_err_and(|problem| problem.code() == Code::Unavailable);
    if !is_first && !is_unknown {
        access.discard(kept.id).await.map_err(|error| Problem::query(&error))?;
    }
    answer::created_with(
        &answer?,
        |id| format!("/v1/tokens/{id}"),
        |recorded| IssuedToken {
            id: recorded.id,
            version: recorded.version,
            position: recorded.position,
            principal_id: principal.0,
            token: is_first.then_some(token),
        },
    )
}

/// Whose token it will be. A new principal has the id that its command gives it, so that a repeat
/// of the command makes no second one.
async fn principal(
    access: &Access,
    wanted: &Wanted,
    caller: &Caller,
    command: CommandId,
) -> Result<PrincipalId, Problem> {
    if let Some((name, email)) = &wanted.new {
        let id = PrincipalId(Uuid::new_v5(&command.0, NEW_PRINCIPAL));
        let registered = access.register(id, name, email.as_deref()).await;
        registered.map_err(|error| Problem::query(&error))?;
        return Ok(id);
    }
    let Some(id) = wanted.principal else { return Ok(caller.id) };
    super::super::principals::view::found(access, id).await.map(|found| found.id)
}
