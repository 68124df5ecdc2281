//! `ChangeProviderDetails`, `ChangeDeploymentMode` and `ChangeProviderVisibility`

use super::create::COMMENTS_CHARACTERS_MAX;
use crate::{
    answer::{self, Recorded},
    body::{Check, given},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
    words::{DeploymentMode, Visibility},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::provider::change::ChangeProvider;
use domain::{ids::ProviderId, provider::change_details::ChangeDetails, text};
use serde::Deserialize;

/// What is given changes, the rest stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeProviderRequest)]
pub(crate) struct Body {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Other comments.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_length = 4000)]
    comments: Option<String>,
    /// How its clusters share its work; `single` needs a provider with at most one.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    deployment_mode: Option<DeploymentMode>,
    /// Public or private.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    visibility: Option<Visibility>,
    /// Beside `visibility`: `private`: associates the organizations that use the provider and are
    /// not associated with it yet.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    associate_users: Option<bool>,
}

impl Body {
    fn checked(self, id: ProviderId) -> Result<ChangeProvider, Problem> {
        let mut check = Check::default();
        let name = self.name.and_then(|name| check.name("/name", &name));
        if let Some(comments) = &self.comments {
            check.take("/comments", text::block(comments, COMMENTS_CHARACTERS_MAX));
        }
        let details = ChangeDetails { name, comments: self.comments };
        let deployment_mode = self.deployment_mode.map(Into::into);
        if self.associate_users.is_some() && self.visibility != Some(Visibility::Private) {
            check.refuse("/associate_users", "alone", "needs `visibility`: `private` beside it");
        }
        check.done(Some(ChangeProvider {
            id,
            details,
            deployment_mode,
            visibility: self.visibility.map(Into::into),
            associate_users: self.associate_users.unwrap_or_default(),
        }))
    }
}

/// Change a provider's name, comments, deployment mode or visibility, all or nothing.
#[utoipa::path(
    patch, path = "/v1/providers/{id}", operation_id = "change_provider", tag = "providers",
    params(("id" = Uuid, Path, description = "The provider")),
    request_body = Body,
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let verb = asked.body.checked(parameters::id(&request, "id")?)?;
    answer::accepted(&state.command(verb, asked.request).await?)
}
