//! Compares the objects of secrets that a cluster lists with the log, and names those that need a
//! closer look. What it lists is a moment old, so nothing is recorded from it.

use super::{Error, Folded, Reconciler};
use crate::ports::cluster::{
    self as port, Cluster,
    secret::{Home, Object},
};
use domain::{
    ids::{ClusterId, ProviderId, SecretId},
    secret::Secret,
    secret_observation::{self, Known, SecretObservation},
    stream::Kind,
    tag::Tag,
};
use std::collections::{BTreeMap, BTreeSet};
use tracing::{info, instrument};

/// The most objects followed on one cluster.
const SECRETS_MAX: usize = 20_000;
/// How many streams are asked for at once.
const PAGE: u16 = 500;
/// How many secrets are read from the log at once.
const AT_ONCE: usize = 500;

impl Reconciler {
    /// Compares the secrets of a cluster with the log. Answers those to bring in line.
    ///
    /// # Errors
    /// When the cluster or the log does not answer.
    #[instrument(name = "reconcile", skip_all, fields(cluster.id = %id))]
    pub async fn secrets(
        &self,
        provider: ProviderId,
        id: ClusterId,
    ) -> Result<Vec<SecretId>, Error> {
        let Some(endpoint) = self.working(provider, id).await? else { return Ok(vec![]) };
        let connection = &*self.clusters().connect(&endpoint).await?;
        let listed = match connection.secrets().await {
            Ok(listed) => listed,
            // Whatever is wanted there then gets its own look, and its own refusal.
            Err(port::Error::Refused { .. } | port::Error::PermissionMissing { .. }) => vec![],
            Err(error) => return Err(error.into()),
        };
        if listed.len() > SECRETS_MAX {
            return Err(Error::TooManySecrets { shown: listed.len(), most: SECRETS_MAX });
        }
        // After the list, so that what is recorded meanwhile is compared once too often, and never
        // once too seldom.
        let known = self.secrets_of(provider).await?;
        let own = self.own_secrets(id, listed, &known);
        let known: Vec<SecretId> = known.into_iter().collect();
        let mut behind = vec![];
        for known in known.chunks(AT_ONCE) {
            let intents = self.fold_each::<Secret>(known).await?;
            let observations = self.fold_each::<SecretObservation>(known).await?;
            for ((secret, intent), observation) in known.iter().zip(intents).zip(observations) {
                let own = own.get(secret).map_or(&[][..], Vec::as_slice);
                if is_behind(&intent, &observation.state.on(id), own)
                    || self.is_elsewhere(connection, *secret, &intent, own).await?
                {
                    behind.push(*secret);
                }
            }
        }
        Ok(behind)
    }

    /// The secrets that a provider ever had.
    async fn secrets_of(&self, id: ProviderId) -> Result<BTreeSet<SecretId>, Error> {
        let (tag, mut after, mut secrets) = (Tag::provider(id), None, BTreeSet::new());
        loop {
            let page = self.writer().log().tagged_streams(&tag, Kind::Secret, after, PAGE).await?;
            after = page.last().copied();
            secrets.extend(page.iter().map(|stream| SecretId(stream.id)));
            if page.len() < usize::from(PAGE) {
                return Ok(secrets);
            }
        }
    }

    fn own_secrets(
        &self,
        cluster: ClusterId,
        listed: Vec<Object>,
        known: &BTreeSet<SecretId>,
    ) -> BTreeMap<SecretId, Vec<Object>> {
        let mut own = BTreeMap::<_, Vec<_>>::new();
        for object in listed {
            let marker = &object.marker;
            if marker.instance == self.instance() && known.contains(&marker.secret) {
                own.entry(marker.secret).or_default().push(object);
            } else if self.strangers.is_new(cluster, &object.called) {
                let (name, by) = (&object.called, marker.instance);
                info!("`{name}` on cluster {cluster}, made by instance {by}, is not ours to touch");
            }
        }
        own
    }

    /// Whether other organizations use a secret than those that have it. Nobody is asked for that
    /// where one object serves all of them.
    async fn is_elsewhere(
        &self,
        connection: &dyn Cluster,
        id: SecretId,
        intent: &Folded<Secret>,
        own: &[Object],
    ) -> Result<bool, Error> {
        let serves_all = !connection.homes(&BTreeSet::new()).is_empty();
        if serves_all || intent.state.present().is_err() {
            return Ok(false);
        }
        let wanted = connection.homes(&self.users_of(id).await?.organizations);
        let there: BTreeSet<Home> = own.iter().map(|object| object.home).collect();
        Ok(wanted != there)
    }
}

/// Whether a closer look at a secret would find something to record or to change.
fn is_behind(intent: &Folded<Secret>, on: &Known, own: &[Object]) -> bool {
    let known = match &intent.state {
        Secret::Absent => return false,
        Secret::Removed(_) => return !own.is_empty(),
        Secret::Present(known) => known,
    };
    let current = known.value.version;
    let goal = on.goal(current);
    let is_refused = |no: &secret_observation::Rejection| no.workload.is_none();
    if !on.holds(goal) || on.rejected.as_ref().is_some_and(is_refused) {
        return true;
    }
    let held = on.held.iter().flat_map(|held| &held.objects).collect::<BTreeSet<_>>();
    let there: Vec<secret_observation::Object> = own.iter().map(Into::into).collect();
    own.iter().any(|object| object.marker.version != goal)
        || there.iter().collect::<BTreeSet<_>>() != held
}
