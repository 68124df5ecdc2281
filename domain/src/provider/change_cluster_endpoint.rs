//! `ChangeClusterEndpoint`: a cluster is reached at another address or under another server name.

use super::{Error, Event, Registered};
use crate::{
    change::Change,
    cluster_url::ClusterUrl,
    ids::{CertificateId, ClusterId},
    kept::Kept,
};
use serde::{Deserialize, Serialize};

/// Changes what is given and leaves the rest.
#[derive(Clone, Debug)]
pub struct ChangeClusterEndpoint {
    /// Which cluster.
    pub cluster: ClusterId,
    /// Another address.
    pub url: Option<ClusterUrl>,
    /// Other addresses of further managers.
    pub urls: Option<Vec<ClusterUrl>>,
    /// Another server name; `Some(None)` takes it away.
    pub server_name: Option<Option<String>>,
    /// Other authorities; `Some(None)` takes them away.
    pub ca: Option<Option<String>>,
    /// Another certificate; `Some(None)` takes it away.
    pub certificate: Option<Option<CertificateId>>,
    /// Another token; `Some(None)` takes it away.
    pub token: Option<Option<Kept>>,
}

impl ChangeClusterEndpoint {
    /// Changes nothing, yet.
    #[must_use]
    pub fn of(cluster: ClusterId) -> Self {
        Self {
            cluster,
            url: None,
            urls: None,
            server_name: None,
            ca: None,
            certificate: None,
            token: None,
        }
    }
}

/// A cluster is reached in another way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClusterEndpointChanged {
    /// Present if the authorities changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<Change<Option<String>>>,
    /// Present if the certificate changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_id: Option<Change<Option<CertificateId>>>,
    /// Which cluster.
    pub cluster_id: ClusterId,
    /// Present if the server name changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<Change<Option<String>>>,
    /// Present if the token changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Change<Option<Kept>>>,
    /// Present if the address changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Change<ClusterUrl>>,
    /// Present if the further addresses changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urls: Option<Change<Vec<ClusterUrl>>>,
}

impl ClusterEndpointChanged {
    pub(super) fn apply(&self, provider: &mut Registered) {
        let Some(cluster) = provider.clusters.get_mut(&self.cluster_id) else { return };
        if let Some(change) = &self.ca {
            cluster.ca.clone_from(&change.after);
        }
        if let Some(change) = &self.certificate_id {
            cluster.certificate_id = change.after;
        }
        if let Some(change) = &self.token {
            cluster.token.clone_from(&change.after);
        }
        if let Some(change) = &self.server_name {
            cluster.server_name.clone_from(&change.after);
        }
        if let Some(change) = &self.url {
            cluster.url = change.after.clone();
        }
        if let Some(change) = &self.urls {
            cluster.urls.clone_from(&change.after);
        }
    }
}

pub(super) fn decide(
    provider: &Registered,
    change: ChangeClusterEndpoint,
) -> Result<Vec<Event>, Error> {
    let cluster = provider.clusters.get(&change.cluster).ok_or(Error::ClusterNotFound)?;
    let is_token_given = change.token.is_some();
    let changed = ClusterEndpointChanged {
        ca: Change::wanted(&cluster.ca, change.ca),
        certificate_id: Change::wanted(&cluster.certificate_id, change.certificate),
        token: Change::wanted(&cluster.token, change.token),
        cluster_id: change.cluster,
        server_name: Change::wanted(&cluster.server_name, change.server_name),
        url: Change::wanted(&cluster.url, change.url),
        urls: Change::wanted(&cluster.urls, change.urls),
    };
    let mut after = provider.clone();
    changed.apply(&mut after);
    if after == *provider {
        return Ok(vec![]);
    }
    if let Some(after) = after.clusters.get(&change.cluster) {
        provider.check_beside(after)?;
        after.check_fit(provider.kind)?;
        let known = |url: &ClusterUrl| cluster.addresses().any(|old| old.origin() == url.origin());
        if cluster.token.is_some() && !is_token_given && !after.addresses().all(known) {
            return Err(Error::TokenNeeded);
        }
    }
    Ok(vec![Event::ClusterEndpointChanged(changed)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::RecordId,
        kept::Fingerprint,
        provider::{
            self, Cluster, Command, DeploymentMode, Provider,
            add_cluster::ClusterAdded,
            cluster::{self, Field, Unfit},
            create::Created,
        },
        testing::{When, cluster, cluster_added, created, endpoint_changed, given},
    };
    use uuid::Uuid;

    fn unchanged() -> ChangeClusterEndpoint {
        ChangeClusterEndpoint::of(cluster(1).id)
    }

    fn with_two_clusters(change: ChangeClusterEndpoint) -> When<Provider> {
        let mode = DeploymentMode::ActivePassive;
        given::<Provider>([created(mode), cluster_added(1), cluster_added(2)])
            .when(Command::ChangeClusterEndpoint(change))
    }

    #[test]
    fn a_cluster_moves_to_another_address() {
        with_two_clusters(ChangeClusterEndpoint { url: Some(cluster(3).url), ..unchanged() }).then(
            [endpoint_changed(ClusterEndpointChanged {
                ca: None,
                certificate_id: None,
                token: None,
                cluster_id: cluster(1).id,
                server_name: None,
                url: Some(Change { before: cluster(1).url, after: cluster(3).url }),
                urls: None,
            })],
        );
    }

    #[test]
    fn further_addresses_and_a_server_name_are_given() {
        let server_name = Some(Some("swarm.internal".to_owned()));
        let urls = Some(vec![cluster(3).url]);
        with_two_clusters(ChangeClusterEndpoint { urls, server_name, ..unchanged() }).then([
            endpoint_changed(ClusterEndpointChanged {
                ca: None,
                certificate_id: None,
                token: None,
                cluster_id: cluster(1).id,
                server_name: Some(Change {
                    before: None,
                    after: Some("swarm.internal".to_owned()),
                }),
                url: None,
                urls: Some(Change { before: vec![], after: vec![cluster(3).url] }),
            }),
        ]);
    }

    #[test]
    fn a_server_name_is_taken_away() {
        let named = Cluster { server_name: Some("swarm.internal".to_owned()), ..cluster(1) };
        given::<Provider>([
            created(DeploymentMode::Single),
            ClusterAdded { cluster: named }.into(),
        ])
        .when(Command::ChangeClusterEndpoint(ChangeClusterEndpoint {
            server_name: Some(None),
            ..unchanged()
        }))
        .then([endpoint_changed(ClusterEndpointChanged {
            ca: None,
            certificate_id: None,
            token: None,
            cluster_id: cluster(1).id,
            server_name: Some(Change { before: Some("swarm.internal".to_owned()), after: None }),
            url: None,
            urls: None,
        })]);
    }

    #[test]
    fn what_is_there_already_changes_nothing() {
        with_two_clusters(unchanged()).then([]);
        with_two_clusters(ChangeClusterEndpoint {
            cluster: cluster(1).id,
            url: Some(cluster(1).url),
            urls: Some(vec![]),
            server_name: Some(None),
            ca: Some(None),
            certificate: Some(None),
            token: Some(None),
        })
        .then([]);
    }

    fn kept(record: u128) -> Kept {
        let fingerprint = Fingerprint::of([1; 32]);
        Kept { fingerprint, record_id: RecordId(Uuid::from_u128(record)), version: 1 }
    }

    /// A Kubernetes cluster that is given a token.
    fn with_token(change: ChangeClusterEndpoint) -> When<Provider> {
        let kind = provider::Kind::Kubernetes;
        let Event::Created(created) = created(DeploymentMode::Single) else { unreachable!() };
        let url = ClusterUrl::parse("https://one.internal:6443").unwrap();
        let cluster = Cluster { token: Some(kept(1)), url, ..cluster(1) };
        given::<Provider>([Created { kind, ..created }.into(), ClusterAdded { cluster }.into()])
            .when(Command::ChangeClusterEndpoint(change))
    }

    fn to(url: &str) -> ChangeClusterEndpoint {
        ChangeClusterEndpoint { url: Some(ClusterUrl::parse(url).unwrap()), ..unchanged() }
    }

    #[test]
    fn another_host_or_port_needs_the_token_again() {
        for url in ["https://two.internal:6443", "https://one.internal:6444"] {
            with_token(to(url)).then_refused(Error::TokenNeeded);
            let again = ChangeClusterEndpoint { token: Some(Some(kept(2))), ..to(url) };
            assert!(with_token(again).accepted());
        }
        assert!(with_token(to("https://one.internal:6443/below")).accepted());
        let without = ChangeClusterEndpoint { token: Some(None), ..to("https://two.internal") };
        assert!(with_token(without).accepted());
    }

    #[test]
    fn a_secret_never_goes_over_a_plain_connection() {
        let plain = || to("http://one.internal:6443");
        let again = ChangeClusterEndpoint { token: Some(Some(kept(2))), ..plain() };
        with_token(again).then_refused(Unfit::Plain(cluster::Secret::Token).into());
        let certificate = CertificateId(Uuid::from_u128(1));
        with_two_clusters(ChangeClusterEndpoint {
            certificate: Some(Some(certificate)),
            ..unchanged()
        })
        .then_refused(Unfit::Plain(cluster::Secret::Certificate).into());
        with_two_clusters(ChangeClusterEndpoint { ca: Some(Some("pem".into())), ..unchanged() })
            .then_refused(Unfit::Plain(cluster::Secret::Ca).into());
    }

    #[test]
    fn each_kind_is_reached_in_its_way() {
        with_two_clusters(ChangeClusterEndpoint { token: Some(Some(kept(1))), ..unchanged() })
            .then_refused(Unfit::Token.into());
        let urls = Some(vec![ClusterUrl::parse("https://two.internal:6443").unwrap()]);
        let token = Some(Some(kept(2)));
        with_token(ChangeClusterEndpoint { urls, token, ..unchanged() })
            .then_refused(Unfit::Urls.into());
    }

    #[test]
    fn an_address_of_another_cluster_is_refused() {
        let taken = || cluster(2).url;
        with_two_clusters(ChangeClusterEndpoint { url: Some(taken()), ..unchanged() })
            .then_refused(Error::ClusterTaken(Field::Url));
        with_two_clusters(ChangeClusterEndpoint { urls: Some(vec![taken()]), ..unchanged() })
            .then_refused(Error::ClusterTaken(Field::Url));
    }

    #[test]
    fn a_cluster_of_nobody_has_no_endpoint() {
        with_two_clusters(ChangeClusterEndpoint { cluster: cluster(9).id, ..unchanged() })
            .then_refused(Error::ClusterNotFound);
        given::<Provider>([])
            .when(Command::ChangeClusterEndpoint(unchanged()))
            .then_refused(Error::NotFound);
    }
}
