//! What a profile showed at some position of the log.
//!
//! The events of its streams are folded anew by the very code that keeps the read model, in memory
//! and without its tables, so the past is shown as it would have been shown then. Nothing is kept:
//! a fold of ten thousand events takes some milliseconds, and there is no second truth to mend.
//!
//! **Invariants**
//! - An event that cannot be applied parks its stream, as it does in the read model, and what is
//!   shown says `stale`.
//! - Absent on purpose: any look into a table of a read model, which knows only the present.

mod users;

pub use users::users;

use crate::{
    Model, access_list, certificate_list,
    decoded::{self, Decoded},
    fold::Fold,
    image_list, node_list, organization_list,
    page::Shown as _,
    profile_list, provider_profile, secret_list, workload_list,
};
use domain::{
    Position, StreamId, Timestamp, Version,
    feed::Past,
    ids::{
        CertificateId, ImageId, NodeId, OrganizationId, ProfileId, ProviderId, RoleId, SecretId,
        TokenId, WorkloadId,
    },
    recorded::Happened,
    stream::Kind,
    tag::Tag,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use uuid::Uuid;

/// The events that a profile counts its workloads by.
const MADE_FROM: [&str; 2] = ["WorkloadRequested", "WorkloadRemoved"];

/// The event that says whose token it is.
const ISSUED: [&str; 1] = ["TokenIssued"];
/// The event that says whose role it is.
const GRANTED: [&str; 1] = ["RoleGranted"];

/// Whose profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A certificate, apart from those that use it.
    Certificate(CertificateId),
    /// A certificate with the clusters that use it.
    UsedCertificate(CertificateId),
    /// An image of a provider.
    Image(ImageId),
    /// A node of a provider.
    Node(ProviderId, NodeId),
    /// An organization.
    Organization(OrganizationId),
    /// A container profile.
    Profile(ProfileId),
    /// A provider with its clusters and organizations.
    Provider(ProviderId),
    /// A workload.
    Workload(WorkloadId),
    /// A secret of a provider.
    Secret(SecretId),
    /// A role of a principal.
    Role(RoleId),
    /// A token of a principal.
    Token(TokenId),
}

/// A profile.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// Of a certificate.
    Certificate(certificate_list::row::Row),
    /// Of an image.
    Image(image_list::row::Row),
    /// Of a node.
    Node(node_list::row::Row),
    /// Of an organization.
    Organization(organization_list::row::Row),
    /// Of a container profile.
    Profile(profile_list::row::Row),
    /// Of a provider.
    Provider(provider_profile::row::Row),
    /// Of a workload.
    Workload(workload_list::row::Row),
    /// Of a secret.
    Secret(secret_list::row::Row),
    /// Of a role, with the version of its principal.
    Role(access_list::row::Grant, Version),
    /// Of a token, with the version of its principal.
    Token(access_list::row::Token, Version),
}

/// A profile before and after an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Absent where there was none yet.
    pub before: Option<Shown>,
    /// Absent where there is none any more.
    pub after: Option<Shown>,
}

impl Subject {
    /// Whose profile an event of this stream changes, seen from a provider that it touched. Kinds
    /// without a profile have none.
    #[must_use]
    pub fn of(stream: StreamId, provider: ProviderId) -> Option<Self> {
        match stream.kind {
            Kind::Image => Some(Self::Image(ImageId(stream.id))),
            Kind::Node | Kind::NodeObservation => Some(Self::Node(provider, NodeId(stream.id))),
            // What an organization or a test has to do with a provider is shown there.
            Kind::Cluster | Kind::Organization | Kind::Provider => Some(Self::Provider(provider)),
            Kind::Profile => Some(Self::Profile(ProfileId(stream.id))),
            Kind::Workload | Kind::WorkloadObservation => {
                Some(Self::Workload(WorkloadId(stream.id)))
            }
            Kind::Secret | Kind::SecretObservation => Some(Self::Secret(SecretId(stream.id))),
            // That of a provider says which of its clusters use a certificate.
            Kind::Certificate => Some(Self::Certificate(CertificateId(stream.id))),
            Kind::Access => None,
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(self) -> Uuid {
        match self {
            Self::Certificate(id) | Self::UsedCertificate(id) => id.0,
            Self::Image(id) => id.0,
            Self::Node(_, id) => id.0,
            Self::Organization(id) => id.0,
            Self::Profile(id) => id.0,
            Self::Provider(id) => id.0,
            Self::Workload(id) => id.0,
            Self::Secret(id) => id.0,
            Self::Role(id) => id.0,
            Self::Token(id) => id.0,
        }
    }

    /// What kind of thing it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Certificate(_) | Self::UsedCertificate(_) => Kind::Certificate,
            Self::Image(_) => Kind::Image,
            Self::Node(..) => Kind::Node,
            Self::Organization(_) => Kind::Organization,
            Self::Profile(_) => Kind::Profile,
            Self::Provider(_) => Kind::Provider,
            Self::Workload(_) => Kind::Workload,
            Self::Secret(_) => Kind::Secret,
            Self::Role(_) | Self::Token(_) => Kind::Access,
        }
    }

    fn model(self) -> Model {
        match self {
            Self::Certificate(_) | Self::UsedCertificate(_) => Model::CertificateList,
            Self::Image(_) => Model::ImageList,
            Self::Node(..) => Model::NodeList,
            Self::Organization(_) => Model::OrganizationList,
            Self::Profile(_) => Model::ProfileList,
            Self::Provider(_) => Model::ProviderProfile,
            Self::Workload(_) => Model::WorkloadList,
            Self::Secret(_) => Model::SecretList,
            Self::Role(_) | Self::Token(_) => Model::AccessList,
        }
    }

    /// The streams that its profile is made of.
    ///
    /// # Errors
    /// The log could not be read.
    pub async fn streams<P: Past>(
        self,
        past: &P,
        until: Position,
    ) -> Result<BTreeSet<StreamId>, P::Error> {
        Ok(match self {
            Self::Certificate(id) => BTreeSet::from([StreamId::certificate(id)]),
            Self::UsedCertificate(id) => {
                let mut streams = past.users(id, until).await?;
                streams.insert(StreamId::certificate(id));
                streams
            }
            Self::Image(id) => BTreeSet::from([StreamId::image(id)]),
            Self::Node(provider, id) => BTreeSet::from([
                StreamId::node(id),
                StreamId::node_observation(id),
                StreamId::provider(provider),
            ]),
            Self::Secret(id) => {
                BTreeSet::from([StreamId::secret(id), StreamId::secret_observation(id)])
            }
            Self::Organization(id) => BTreeSet::from([StreamId::organization(id)]),
            Self::Profile(id) => {
                let mut streams = past.touching(&Tag::profile(id), &MADE_FROM, until).await?;
                streams.insert(StreamId::profile(id));
                streams
            }
            Self::Role(id) => past.touching(&Tag::role(id), &GRANTED, until).await?,
            Self::Token(id) => past.touching(&Tag::token(id), &ISSUED, until).await?,
            Self::Workload(id) => {
                BTreeSet::from([StreamId::workload(id), StreamId::workload_observation(id)])
            }
            Self::Provider(id) => {
                let mut streams = past.associated(id, until).await?;
                streams.append(&mut past.tested(id, until).await?);
                streams.insert(StreamId::provider(id));
                streams
            }
        })
    }
}

impl Shown {
    fn set_stale(&mut self) {
        match self {
            Self::Certificate(row) => row.set_stale(true),
            Self::Image(row) => row.set_stale(true),
            Self::Node(row) => row.set_stale(true),
            Self::Organization(row) => row.set_stale(true),
            Self::Profile(row) => row.set_stale(true),
            Self::Provider(row) => row.set_stale(true),
            Self::Workload(row) => row.set_stale(true),
            Self::Secret(row) => row.set_stale(true),
            Self::Role(row, _) => row.set_stale(true),
            Self::Token(row, _) => row.set_stale(true),
        }
    }
}

/// The profile as it was when the log stood at `until`.
///
/// # Errors
/// The log could not be read.
pub async fn at<P: Past>(
    past: &P,
    subject: Subject,
    until: Position,
) -> Result<Option<Shown>, P::Error> {
    let streams: Vec<_> = subject.streams(past, until).await?.into_iter().collect();
    let mut replay = Replay::new(subject.model());
    past.replay(&streams, until, |event| {
        replay.take(&event, |_| {});
    })
    .await?;
    let mut shown = replay.fold.shown(subject.id());
    if let Some(shown) = shown.as_mut().filter(|_| !replay.parked.is_empty()) {
        shown.set_stale();
    }
    Ok(shown)
}

/// Profiles before and after events: whose profile, by the position of the event. An event that
/// cannot be read, or not be applied, has no moment.
///
/// # Errors
/// The log could not be read.
pub async fn around<P: Past>(
    past: &P,
    events: &BTreeMap<Position, Subject>,
) -> Result<BTreeMap<Position, Moment>, P::Error> {
    let models: BTreeSet<Model> = events.values().map(|subject| subject.model()).collect();
    let mut moments = BTreeMap::new();
    for model in models {
        let mine: BTreeMap<Position, Subject> = events
            .iter()
            .filter(|(_, subject)| subject.model() == model)
            .map(|(position, subject)| (*position, *subject))
            .collect();
        let until = mine.keys().next_back().copied().unwrap_or_default();
        let subjects: BTreeSet<Subject> = mine.values().copied().collect();
        let streams = streams(past, &subjects.into_iter().collect::<Vec<_>>(), until).await?;
        let mut replay = Replay::new(model);
        past.replay(&streams, until, |event| {
            let subject = mine.get(&event.position).map(|subject| subject.id());
            let mut before = None;
            let applied = replay.take(&event, |fold| {
                before = subject.and_then(|id| fold.shown(id));
            });
            if let Some(id) = subject.filter(|_| applied) {
                let after = replay.fold.shown(id);
                moments.insert(event.position, Moment { before, after });
            }
        })
        .await?;
    }
    Ok(moments)
}

/// Profiles as they were at two positions.
///
/// # Errors
/// The log could not be read.
pub async fn between<P: Past>(
    past: &P,
    subjects: &BTreeSet<Subject>,
    from: Position,
    to: Position,
) -> Result<BTreeMap<Subject, Moment>, P::Error> {
    let models: BTreeSet<Model> = subjects.iter().map(|subject| subject.model()).collect();
    let mut moments = BTreeMap::new();
    for model in models {
        let mine: Vec<Subject> =
            subjects.iter().copied().filter(|subject| subject.model() == model).collect();
        let streams = streams(past, &mine, to).await?;
        let mut replay = Replay::new(model);
        let mut before = None;
        let shown = |fold: &dyn Fold| -> Vec<Option<Shown>> {
            mine.iter().map(|subject| fold.shown(subject.id())).collect()
        };
        past.replay(&streams, to, |event| {
            if event.position > from {
                before.get_or_insert_with(|| shown(&*replay.fold));
            }
            replay.take(&event, |_| {});
        })
        .await?;
        let after = shown(&*replay.fold);
        let before = before.unwrap_or_else(|| after.clone());
        let pairs = before.into_iter().zip(after);
        let pairs = pairs.map(|(before, after)| Moment { before, after });
        moments.extend(mine.into_iter().zip(pairs));
    }
    Ok(moments)
}

async fn streams<P: Past>(
    past: &P,
    subjects: &[Subject],
    until: Position,
) -> Result<Vec<StreamId>, P::Error> {
    let mut streams = BTreeSet::new();
    for subject in subjects {
        streams.extend(subject.streams(past, until).await?);
    }
    Ok(streams.into_iter().collect())
}

/// A read model in memory, as far as events were given to it.
struct Replay {
    model: Model,
    fold: Box<dyn Fold>,
    parked: HashSet<String>,
}

impl Replay {
    fn new(model: Model) -> Self {
        Self { model, fold: model.fold(), parked: HashSet::new() }
    }

    /// Applies an event, after a look at what is before it. Says whether it was applied.
    fn take(&mut self, event: &Happened, look: impl FnOnce(&dyn Fold)) -> bool {
        if self.parked.contains(&event.stream) {
            return false;
        }
        match self.decode(event) {
            Ok(None) => return false,
            Ok(Some(decoded)) => {
                look(&*self.fold);
                if self.fold.apply(&decoded).is_ok() {
                    return true;
                }
            }
            Err(_) => {}
        }
        self.parked.insert(event.stream.clone());
        false
    }

    fn decode(&self, event: &Happened) -> Result<Option<Decoded>, decoded::Error> {
        match event.stream.parse::<StreamId>() {
            Ok(stream) if self.model.reads(stream.kind) => decoded::read(event, stream).map(Some),
            Ok(_) | Err(_) => Ok(None),
        }
    }
}

/// When the past was: a position, or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The log up to and with this event.
    Position(Position),
    /// The log as it stood at this time.
    Time(Timestamp),
}
