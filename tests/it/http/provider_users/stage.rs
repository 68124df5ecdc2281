//! An enabled provider, and an organization that may begin to use it.

use crate::http::server::{Reply, Server};
use commands::{
    Error, Refusal, Unit,
    handle::{Stop, Verb},
};
use domain::{
    StreamId,
    ids::{OrganizationId, ProfileId, ProviderId, WorkloadId},
    organization::{self, Organization},
    profile::{self, Profile},
    provider::{self, Provider, Visibility},
    stream::Kind,
    testing::{name, profile::definition, workload::request},
    workload::{self, Workload},
};
use serde_json::{Value, json};
use tests::harness::Database;
use uuid::Uuid;

/// An organization begins to use a provider, with a profile or a workload.
struct Use {
    organization: OrganizationId,
    provider: ProviderId,
    with: StreamId,
}

impl Verb for Use {
    fn subject(&self) -> StreamId {
        self.with
    }
    fn result(&self) -> String {
        "{}".to_owned()
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        let provider = unit.load::<Provider>(self.provider).await?;
        let provider = provider.present().map_err(Refusal::from)?;
        let organization = unit.load::<Organization>(self.organization).await?;
        let Organization::Present { providers, .. } = organization else {
            return Err(Refusal::from(organization::Error::NotFound).into());
        };
        if provider.visibility == Visibility::Private && !providers.contains(&self.provider) {
            return Err(Refusal::from(organization::Error::NotAssociated).into());
        }
        let (organization_id, provider_id) = (self.organization, self.provider);
        if self.with.kind == Kind::Profile {
            let name = name(&self.with.id.to_string());
            let definition =
                profile::Definition { name, organization_id, provider_id, ..definition("web") };
            let define = profile::Command::Define(Box::new(definition));
            return unit.decide::<Profile>(ProfileId(self.with.id), define).await;
        }
        if !provider.enabled {
            return Err(Refusal::from(provider::Error::Disabled).into());
        }
        let name = name(&self.with.id.to_string());
        let requested =
            workload::request::Requested { name, organization_id, provider_id, ..request("shop") };
        let request = workload::Command::Request(requested);
        unit.decide::<Workload>(WorkloadId(self.with.id), request).await
    }
}

/// A provider, an organization, and ways to the first of the second.
pub(super) struct Stage {
    pub(super) server: Server,
    pub(super) provider: String,
    pub(super) organization: String,
}

impl Stage {
    pub(super) async fn new() -> Self {
        let server = Server::start(Database::create().await.options()).await;
        let made = server.post("/v1/organizations", &json!({"name": "ACME"})).await;
        let organization = made.text_of("id");
        let provider = server.provider("Paris").await;
        let stage = Self { server, provider, organization };
        assert_eq!(stage.post("enable", &json!({})).await.status, 202);
        stage
    }

    /// Another enabled provider, for the next race.
    pub(super) async fn next(&mut self) {
        self.provider = self.server.provider(&Uuid::now_v7().to_string()).await;
        assert_eq!(self.post("enable", &json!({})).await.status, 202);
    }

    pub(super) fn path(&self) -> String {
        format!("/v1/providers/{}", self.provider)
    }

    pub(super) fn association(&self) -> String {
        format!("/v1/organizations/{}/providers/{}", self.organization, self.provider)
    }

    pub(super) async fn post(&self, verb: &str, body: &Value) -> Reply {
        self.server.post(&format!("{}/{verb}", self.path()), body).await
    }

    pub(super) async fn set_visibility(&self, visibility: &str) -> Reply {
        self.server.patch(&self.path(), &json!({ "visibility": visibility })).await
    }

    pub(super) async fn associate(&self) {
        assert_eq!(self.server.put(&self.association(), &json!({})).await.status, 202);
    }

    /// The organization begins to use the provider.
    pub(super) async fn begin(&self, with: StreamId) -> Result<StreamId, Refusal> {
        let begin = Use {
            organization: OrganizationId(self.organization.parse().unwrap()),
            provider: ProviderId(self.provider.parse().unwrap()),
            with,
        };
        match self.server.writer.handle(&begin, &crate::story::request()).await {
            Ok(_) => Ok(with),
            Err(Error::Refused(refusal)) => Err(refusal),
            Err(error) => panic!("{error}"),
        }
    }
}

pub(super) fn workload() -> StreamId {
    StreamId::workload(WorkloadId(Uuid::now_v7()))
}

pub(super) fn profile() -> StreamId {
    StreamId::profile(ProfileId(Uuid::now_v7()))
}
