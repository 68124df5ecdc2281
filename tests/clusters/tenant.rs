//! An organization with a profile in a world, and what it asks for.

use crate::{
    real::Real,
    world::{Address, World},
};
use adapters::postgres::EventFeed;
use commands::{
    image::{declare::DeclareImage, enable::EnableImage},
    organization::register::RegisterOrganization,
    ports::cluster::workload::Which,
    profile::{change::ChangeProfile, define::DefineProfile},
    provider::{add_cluster::AddCluster, change::ChangeProvider, disable::DisableProvider},
    reconcile::{Error, WorkloadDone},
    workload::{
        relocate::RelocateWorkload, remove::RemoveWorkload, request::RequestWorkload,
        scale::ScaleWorkload, start::StartWorkload, stop::StopWorkload, update::UpdateWorkload,
    },
};
use domain::{
    Event, StreamId, Version,
    constraint::Constraint,
    ids::{ClusterId, ImageId, OrganizationId, ProfileId, WorkloadId},
    image::{Reference, declare::Declare},
    profile::{Definition, Mount, Resources, change},
    provider::{Cluster, DeploymentMode, Visibility, change_details::ChangeDetails},
    recorded::Recorded,
    testing::{name, profile::replicas},
};
use projections::{Model, rebuild, schema, workload_list};
use tests::harness::eventually;
use uuid::Uuid;

/// What every node of the lab has, or believes to have.
pub(crate) const IMAGE: &str = "localhost:1/demo:1";

/// An organization with one image to use.
pub(crate) struct Tenant<'a> {
    pub(crate) world: &'a World,
    pub(crate) organization: OrganizationId,
    image: ImageId,
}

impl<'a> Tenant<'a> {
    pub(crate) async fn new(world: &'a World) -> Self {
        let organization = OrganizationId(Uuid::now_v7());
        let image = ImageId(Uuid::now_v7());
        let called = name(&organization.to_string());
        world.say(RegisterOrganization { id: organization, name: called }).await;
        let tenant = Self { world, organization, image };
        tenant.offer(image, IMAGE).await;
        tenant
    }

    /// One that exists already.
    pub(crate) fn of(world: &'a World, organization: OrganizationId) -> Self {
        Self { world, organization, image: ImageId(Uuid::nil()) }
    }

    /// Declares and enables an image.
    pub(crate) async fn offer(&self, id: ImageId, reference: &str) {
        let provider = self.world.provider;
        let reference = Reference::parse(reference).unwrap();
        let declare = Declare { provider, reference, visibility: Visibility::Public };
        self.world.say(DeclareImage { id, declare }).await;
        self.world.say(EnableImage { provider, image: id }).await;
    }

    pub(crate) async fn define(&self, constraints: Vec<Constraint>) -> ProfileId {
        self.define_as(constraints, &[], vec![]).await
    }

    /// A profile that runs something else, and mounts secrets.
    pub(crate) async fn define_as(
        &self,
        constraints: Vec<Constraint>,
        command: &[&str],
        secrets: Vec<Mount>,
    ) -> ProfileId {
        let id = ProfileId(Uuid::now_v7());
        let definition = Definition {
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            constraints,
            environment: [].into(),
            image_id: self.image,
            name: name(&id.to_string()),
            organization_id: self.organization,
            provider_id: self.world.provider,
            replicas: replicas(1),
            resources: Resources { cpu_millicores: Some(100), memory_bytes: Some(32 << 20) },
            secrets,
        };
        self.world.say(DefineProfile { id, definition }).await;
        id
    }

    pub(crate) async fn change(&self, id: ProfileId, change: change::ChangeProfile) {
        self.world.say(ChangeProfile { organization: self.organization, id, change }).await;
    }

    fn requested(&self, profile: ProfileId, number: u32) -> RequestWorkload {
        let id = WorkloadId(Uuid::now_v7());
        RequestWorkload {
            organization: self.organization,
            id,
            name: name(&id.to_string()),
            profile,
            replicas: Some(replicas(number)),
            random: 7,
        }
    }

    /// Asks for containers of a profile.
    pub(crate) async fn request(&self, profile: ProfileId, number: u32) -> WorkloadId {
        let request = self.requested(profile, number);
        let id = request.id;
        self.world.say(request).await;
        id
    }

    /// The same, where it may be refused.
    pub(crate) async fn try_request(
        &self,
        profile: ProfileId,
        number: u32,
    ) -> Result<WorkloadId, commands::Error> {
        let request = self.requested(profile, number);
        let id = request.id;
        self.world.ask(&request).await.map(|_| id)
    }

    pub(crate) async fn scale(&self, id: WorkloadId, number: u32) {
        let (organization, replicas) = (self.organization, replicas(number));
        self.world.say(ScaleWorkload { organization, id, replicas }).await;
    }

    pub(crate) async fn stop(&self, id: WorkloadId) {
        self.world.say(StopWorkload { organization: self.organization, id }).await;
    }

    pub(crate) async fn start(&self, id: WorkloadId) {
        self.world.say(StartWorkload { organization: self.organization, id }).await;
    }

    pub(crate) async fn update(&self, id: WorkloadId) {
        self.world.say(UpdateWorkload { organization: self.organization, id }).await;
    }

    pub(crate) async fn remove(&self, id: WorkloadId) {
        self.world.say(RemoveWorkload { organization: self.organization, id }).await;
    }

    /// It leaves a cluster for the other one.
    pub(crate) async fn relocate(&self, id: WorkloadId, from: ClusterId) {
        let organization = self.organization;
        self.world.say(RelocateWorkload { organization, id, from, random: 7 }).await;
    }

    pub(crate) fn which(&self, workload: WorkloadId) -> Which {
        Which { workload, organization: self.organization }
    }
}

impl World {
    /// Adds a second cluster, behind the first in the order of fallbacks.
    pub(crate) async fn join(&self, address: &Address) -> ClusterId {
        let (provider, id) = (self.provider, ClusterId(Uuid::now_v7()));
        let change = ChangeProvider {
            id: provider,
            details: ChangeDetails::default(),
            deployment_mode: Some(DeploymentMode::ActivePassive),
            visibility: None,
            associate_users: false,
        };
        self.say(change).await;
        let (described, access) = address.described(id);
        let Cluster { url, urls, server_name, weight, ca, .. } = described;
        let name = name("the fallback");
        let rank = None;
        let add =
            AddCluster { provider, id, name, url, urls, server_name, rank, weight, ca, access };
        self.say(add).await;
        id
    }

    /// Also while workloads run there.
    pub(crate) async fn disable_by_force(&self) {
        self.say(DisableProvider { id: self.provider, force: true }).await;
    }

    /// Brings a workload in line on a cluster once, however often somebody else is faster.
    pub(crate) async fn look_at(&self, id: WorkloadId, on: ClusterId) -> WorkloadDone {
        let reconciler = self.reconciler();
        eventually("nobody else is faster", async || match reconciler.workload(id, on).await {
            Err(Error::Overtaken) => None,
            done => Some(done.unwrap()),
        })
        .await
    }

    /// Brings it in line until all of it runs that should.
    pub(crate) async fn settle(&self, id: WorkloadId, on: ClusterId) {
        eventually("the workload is in line", async || {
            let done = self.look_at(id, on).await;
            (done == WorkloadDone::InLine).then_some(())
        })
        .await;
    }

    /// Until nothing of a removed workload is there.
    pub(crate) async fn settle_removed(&self, id: WorkloadId, on: ClusterId) {
        eventually("nothing of the workload is there", async || {
            (self.look_at(id, on).await == WorkloadDone::Removed).then_some(())
        })
        .await;
    }

    /// What was recorded of what became of a workload, oldest first.
    pub(crate) async fn became(&self, id: WorkloadId) -> Vec<Recorded<Event>> {
        let stream = StreamId::workload_observation(id);
        self.writer.log().load(stream, Version::NONE).await.unwrap()
    }

    /// The types of that.
    pub(crate) async fn told_of(&self, id: WorkloadId) -> Vec<&'static str> {
        self.became(id).await.iter().map(|event| event.payload.r#type()).collect()
    }

    /// What the read model shows of a workload, made anew from the whole log.
    pub(crate) async fn shown(
        &self,
        tenant: &Tenant<'_>,
        id: WorkloadId,
    ) -> Option<workload_list::row::Row> {
        let (pool, feed) = (self.database.pool(), self.feed());
        schema::create_missing(&pool).await.unwrap();
        rebuild::run(&pool, &feed, Model::WorkloadList, |_| {}).await.unwrap();
        workload_list::query::get(&pool, tenant.organization, id).await.unwrap().row
    }

    pub(crate) fn feed(&self) -> EventFeed {
        self.database.feed()
    }
}

/// A world whose provider has this cluster, and no node of it is known yet.
pub(crate) async fn world(real: &dyn Real) -> World {
    World::new(&real.address()).await
}

/// The same with a second cluster behind the first.
pub(crate) async fn two(first: &Address, second: &Address) -> (World, ClusterId) {
    let world = World::new(first).await;
    let second = world.join(second).await;
    (world, second)
}
