//! The secrets of a world: what is said of them, and what becomes of them.

use crate::{
    tenant::Tenant,
    world::{World, request},
};
use commands::{
    ports::vault::Secret,
    profile::remove::RemoveProfile,
    reconcile::{Error, SecretDone},
    secret::{
        create::CreateSecret,
        foreign::{self, Adoption, ForeignSecrets},
        remove::RemoveSecret,
        rotate::RotateSecret,
    },
};
use domain::{
    Event, StreamId, Version,
    ids::{ClusterId, CorrelationId, ProfileId, SecretId},
    profile::{Mount, mount::FileName},
    recorded::Recorded,
    stream::Kind,
    testing::secret,
};
use projections::{
    Model, rebuild, schema,
    secret_list::{self, row::OnCluster},
};
use std::sync::Arc;
use tests::harness::eventually;
use uuid::Uuid;

/// A value that nobody knows.
pub(crate) fn value() -> String {
    Uuid::now_v7().to_string()
}

/// A secret as a file.
pub(crate) fn mount(secret: SecretId, target: &str) -> Mount {
    Mount { secret_id: secret, target: FileName::parse(target).unwrap() }
}

impl World {
    /// A secret of the provider.
    pub(crate) async fn keep(&self, value: &str) -> SecretId {
        let id = SecretId(Uuid::now_v7());
        self.keep_as(id, &format!("s-{id}"), value).await;
        id
    }

    pub(crate) async fn keep_as(&self, id: SecretId, name: &str, value: &str) {
        let (provider, name) = (self.provider, secret::name(name));
        self.say(CreateSecret { id, provider, name, value: Secret::from(value.to_owned()) }).await;
    }

    /// Asks clusters for what no Berth made.
    pub(crate) fn foreign(&self) -> ForeignSecrets {
        ForeignSecrets::new(self.writer.clone(), Arc::clone(&self.clusters))
    }

    /// Adopts what is on the cluster.
    pub(crate) async fn adopt(
        &self,
        native_id: &str,
        name: &str,
        value: &str,
    ) -> Result<SecretId, foreign::Error> {
        let id = SecretId(Uuid::now_v7());
        let (provider, cluster) = (self.provider, self.cluster);
        let (name, value) = (secret::name(name), Secret::from(value.to_owned()));
        let native_id = native_id.to_owned();
        let adoption = Adoption { id, provider, cluster, native_id, name, value };
        let request = request(CorrelationId(Uuid::now_v7()));
        self.foreign().adopt(adoption, &request).await.map(|_| id)
    }

    pub(crate) async fn rotate(&self, secret: SecretId, value: &str) {
        let (provider, value) = (self.provider, Secret::from(value.to_owned()));
        self.say(RotateSecret { provider, secret, value }).await;
    }

    pub(crate) async fn drop_secret(&self, secret: SecretId) -> Result<(), commands::Error> {
        let provider = self.provider;
        self.ask(&RemoveSecret { provider, secret }).await.map(drop)
    }

    /// Brings a secret in line on a cluster once, however often somebody else is faster.
    pub(crate) async fn look_at_secret(&self, id: SecretId, on: ClusterId) -> SecretDone {
        let reconciler = self.reconciler();
        eventually("nobody else is faster", async || match reconciler.secret(id, on).await {
            Err(Error::Overtaken) => None,
            done => Some(done.unwrap()),
        })
        .await
    }

    /// Until the cluster holds it, and what is wanted of it runs.
    pub(crate) async fn settle_secret(&self, id: SecretId, on: ClusterId) {
        eventually("the secret is in line", async || match self.look_at_secret(id, on).await {
            SecretDone::InLine => Some(()),
            SecretDone::Rolling(workloads) => {
                for workload in workloads {
                    self.look_at(workload, on).await;
                }
                None
            }
            _ => None,
        })
        .await;
    }

    /// What was recorded of what became of a secret, oldest first.
    pub(crate) async fn became_of(&self, id: SecretId) -> Vec<Recorded<Event>> {
        let stream = StreamId::secret_observation(id);
        self.writer.log().load(stream, Version::NONE).await.unwrap()
    }

    /// The types of that.
    pub(crate) async fn told_of_secret(&self, id: SecretId) -> Vec<&'static str> {
        self.became_of(id).await.iter().map(|event| event.payload.r#type()).collect()
    }

    /// What the read model shows of a secret on a cluster, made anew from the whole log.
    pub(crate) async fn shown_on(&self, id: SecretId, on: ClusterId) -> Option<OnCluster> {
        let (pool, feed) = (self.database.pool(), self.feed());
        schema::create_missing(&pool).await.unwrap();
        rebuild::run(&pool, &feed, Model::SecretList, |_| {}).await.unwrap();
        let found = secret_list::query::get(&pool, self.provider, id).await.unwrap();
        found.row?.clusters.remove(&on)
    }
}

impl Tenant<'_> {
    pub(crate) async fn forget(&self, id: ProfileId) {
        self.world.say(RemoveProfile { organization: self.organization, id }).await;
    }
}

impl World {
    /// The profiles that mount a secret.
    pub(crate) async fn profiles_with(&self, id: SecretId) -> Vec<ProfileId> {
        let users = self.writer.log().referrers(StreamId::secret(id), 100).await.unwrap();
        let profiles = users.iter().filter(|user| user.kind == Kind::Profile);
        profiles.map(|user| ProfileId(user.id)).collect()
    }
}
