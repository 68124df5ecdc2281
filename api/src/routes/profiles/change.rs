//! `ChangeProfile`

use super::request::{self, ConstraintBody, MountBody, ResourcesBody};
use crate::{
    answer::{self, Recorded},
    body::{Check, given},
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::profile::change::ChangeProfile;
use domain::profile::change;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What is given changes, the rest stays. A list or a map that is given replaces the whole one.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChangeProfileRequest)]
pub(crate) struct Body {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Another image of the same provider.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Uuid)]
    image_id: Option<String>,
    /// How many containers a workload starts with.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    replicas: Option<u32>,
    /// What is run instead of the image's own entry point; empty is the image's own.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_items = 64)]
    command: Option<Vec<String>>,
    /// All variables.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    environment: Option<BTreeMap<String, String>>,
    /// All secrets.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_items = 32)]
    secrets: Option<Vec<MountBody>>,
    /// All limits.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    resources: Option<ResourcesBody>,
    /// All constraints.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_items = 32)]
    constraints: Option<Vec<ConstraintBody>>,
}

impl Body {
    fn checked(self) -> Result<change::ChangeProfile, Problem> {
        let mut check = Check::default();
        let change = change::ChangeProfile {
            name: self.name.and_then(|name| check.name("/name", &name)),
            image: self.image_id.and_then(|id| check.uuid("/image_id", &id)),
            replicas: self.replicas.and_then(|number| request::replicas(&mut check, number)),
            command: self.command.and_then(|words| request::command(&mut check, words)),
            environment: self.environment.and_then(|all| request::environment(&mut check, all)),
            secrets: self.secrets.and_then(|all| request::secrets(&mut check, all)),
            resources: self.resources.and_then(|all| request::resources(&mut check, &all)),
            constraints: self.constraints.and_then(|all| request::constraints(&mut check, all)),
        };
        check.done(Some(change))
    }
}

/// Change a profile, all or nothing. A workload keeps the version it was made from until it is
/// updated.
#[utoipa::path(
    patch, path = "/v1/organizations/{id}/profiles/{profile_id}", operation_id = "change_profile",
    tag = "profiles",
    params(
        ("id" = Uuid, Path, description = "The organization"),
        ("profile_id" = Uuid, Path, description = "The profile"),
    ),
    request_body = Body,
    responses((status = 202, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let organization = parameters::id(&request, "id")?;
    let id = parameters::id(&request, "profile_id")?;
    let verb = ChangeProfile { organization, id, change: asked.body.checked()? };
    answer::accepted(&state.command(verb, asked.request).await?)
}
