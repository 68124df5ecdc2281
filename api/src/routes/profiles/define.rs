//! `DefineProfile`

use super::request::{self, ConstraintBody, MountBody, ResourcesBody};
use crate::{
    answer::{self, Recorded},
    body::Check,
    idempotency::Asked,
    parameters,
    problem::Problem,
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use commands::profile::define::DefineProfile;
use domain::{
    ids::{OrganizationId, ProfileId},
    profile::Definition,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A container profile to be defined. Command and environment have at most 64 KiB together.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DefineProfileRequest)]
pub(crate) struct Body {
    /// Unique within the organization, regardless of case and Unicode form.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// A provider that the organization may use. It cannot be changed later.
    #[schema(value_type = Uuid)]
    provider_id: String,
    /// An image of the provider that the organization may use.
    #[schema(value_type = Uuid)]
    image_id: String,
    /// How many containers a workload starts with.
    #[schema(minimum = 1, maximum = 1000)]
    replicas: u32,
    /// What is run instead of the image's own entry point, word by word; no shell reads it.
    #[serde(default)]
    #[schema(max_items = 64)]
    command: Vec<String>,
    /// At most 128 variables. They can be read by everybody who may read the profile: what must
    /// stay secret belongs into a secret.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// Secrets that are read as files.
    #[serde(default)]
    #[schema(max_items = 32)]
    secrets: Vec<MountBody>,
    /// How much one container may take.
    #[serde(default)]
    resources: ResourcesBody,
    /// What the labels of a node must be, all of it.
    #[serde(default)]
    #[schema(max_items = 32)]
    constraints: Vec<ConstraintBody>,
}

impl Body {
    fn checked(self, organization_id: OrganizationId) -> Result<Definition, Problem> {
        let mut check = Check::default();
        let name = check.name("/name", &self.name);
        let provider_id = check.uuid("/provider_id", &self.provider_id);
        let image_id = check.uuid("/image_id", &self.image_id);
        let replicas = request::replicas(&mut check, self.replicas);
        let command = request::command(&mut check, self.command);
        let environment = request::environment(&mut check, self.environment);
        let secrets = request::secrets(&mut check, self.secrets);
        let resources = request::resources(&mut check, &self.resources);
        let constraints = request::constraints(&mut check, self.constraints);
        let definition = || {
            Some(Definition {
                command: command?,
                constraints: constraints?,
                environment: environment?,
                image_id: image_id?,
                name: name?,
                organization_id,
                provider_id: provider_id?,
                replicas: replicas?,
                resources: resources?,
                secrets: secrets?,
            })
        };
        check.done(definition())
    }
}

/// Define a container profile: how containers of the organization are made on one provider.
#[utoipa::path(
    post, path = "/v1/organizations/{id}/profiles", operation_id = "define_profile",
    tag = "profiles",
    params(("id" = Uuid, Path, description = "The organization")),
    request_body = Body,
    responses((status = 201, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let organization = parameters::id(&request, "id")?;
    let definition = asked.body.checked(organization)?;
    let verb = DefineProfile { id: ProfileId(Uuid::now_v7()), definition };
    let recorded = state.command(verb, asked.request).await?;
    answer::created(&recorded, |id| format!("/v1/organizations/{organization}/profiles/{id}"))
}
