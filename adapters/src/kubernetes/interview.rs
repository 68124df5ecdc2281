//! Asks one API server what it is: for a test of its connection.

use super::{Kubernetes, node};
use crate::{
    addresses::Failure,
    api_version::ApiVersion,
    connectivity::{self, Found},
    connector::Settings,
    credentials::Credentials,
    shown,
};
use async_trait::async_trait;
use commands::ports::cluster::{Cluster, Endpoint, Error};
use domain::node_observation::{Facts, facts::State};
use futures::future::try_join_all;
use http::{Request, header::DATE};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
    SubjectAccessReviewStatus,
};
use kube::{
    Api, Error as KubeError,
    api::PostParams,
    client::{Body, Client},
};
use std::{fmt, future::Future};
use time::{
    OffsetDateTime, PrimitiveDateTime, format_description::BorrowedFormatItem,
    macros::format_description,
};

/// The most names that a finding shows.
const NAMES_MAX: usize = 10;
/// As whom an API server sees one who shows nothing.
const ANONYMOUS: &str = "system:anonymous";
/// How HTTP writes a time.
const HTTP_TIME: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// Something that is asked of a cluster.
struct Right {
    verbs: &'static [&'static str],
    resource: &'static str,
    /// A part of it; empty where it is the whole.
    subresource: &'static str,
    /// Where the resource belongs; empty where it is of the core.
    group: &'static str,
}

impl Right {
    const fn core(verbs: &'static [&'static str], resource: &'static str) -> Self {
        Self { verbs, resource, subresource: "", group: "" }
    }
}

/// All that is asked of a cluster: to drive and drain nodes and say before what that would do, to
/// know which cluster it is and have a namespace for each organization, to keep secrets there and
/// to run workloads.
const RIGHTS: [Right; 7] = [
    Right::core(&["get", "list", "watch", "patch"], "nodes"),
    Right::core(&["list"], "pods"),
    Right { subresource: "eviction", ..Right::core(&["create"], "pods") },
    Right { group: "policy", ..Right::core(&["list"], "poddisruptionbudgets") },
    Right::core(&["get", "create"], "namespaces"),
    Right::core(&["list", "create", "delete"], "secrets"),
    Right {
        group: "apps",
        ..Right::core(&["get", "list", "create", "update", "delete"], "deployments")
    },
];

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.resource)?;
        if !self.group.is_empty() {
            write!(f, ".{}", self.group)?;
        }
        if self.subresource.is_empty() { Ok(()) } else { write!(f, "/{}", self.subresource) }
    }
}

/// One API server, by one address.
pub(crate) struct Interview {
    kubernetes: Kubernetes,
    least: ApiVersion,
}

impl Interview {
    /// One with the API server at the one address of an endpoint.
    pub(crate) fn new(
        endpoint: &Endpoint,
        credentials: &Credentials,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let kubernetes = Kubernetes::new(endpoint, credentials, settings)?;
        Ok(Self { kubernetes, least: settings.minimums.kubernetes })
    }

    async fn ask<T, F>(&self, tried: &'static str, ask: impl Fn(Client) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, KubeError>>,
    {
        let answer = self.kubernetes.addresses.call(ask).await;
        answer.map_err(|failure: Failure<KubeError>| failure.of(tried))
    }

    /// Whether one verb on a resource is permitted, by what the API server itself decides.
    async fn review(
        &self,
        tried: &'static str,
        verb: &str,
        right: &Right,
    ) -> Result<SubjectAccessReviewStatus, Error> {
        let attributes = ResourceAttributes {
            group: Some(right.group.to_owned()),
            resource: Some(right.resource.to_owned()),
            subresource: Some(right.subresource.to_owned()),
            verb: Some(verb.to_owned()),
            ..ResourceAttributes::default()
        };
        let spec = SelfSubjectAccessReviewSpec {
            resource_attributes: Some(attributes),
            ..SelfSubjectAccessReviewSpec::default()
        };
        let review = &SelfSubjectAccessReview { spec, ..SelfSubjectAccessReview::default() };
        let ask = |client: Client| async move {
            let reviews = Api::<SelfSubjectAccessReview>::all(client);
            reviews.create(&PostParams::default(), review).await
        };
        let reviewed = self.ask(tried, ask).await?;
        reviewed.status.ok_or_else(|| Error::ApiUnsupported("it reviews without a result".into()))
    }
}

#[async_trait]
impl connectivity::Interview for Interview {
    /// Versions are told to everybody, so they prove nothing; a review is for those who are known.
    async fn accepted(&self) -> Result<Found, Error> {
        match self.review("be accepted", "list", &RIGHTS[0]).await {
            Ok(_) => Ok(Found::passed("it knows who Berth is")),
            Err(Error::PermissionMissing { words, .. }) if words.contains(ANONYMOUS) => {
                Ok(Found::failed(
                    format!("it takes Berth for nobody it knows: {words}"),
                    "Give the cluster a certificate (`certificate_id`) or a token by which it \
                     knows Berth.",
                ))
            }
            // It said who was refused, so that one is known.
            Err(Error::PermissionMissing { words, .. }) => {
                Ok(Found::passed(format!("it knows who Berth is: {words}")))
            }
            Err(error) => Err(error),
        }
    }

    async fn api(&self) -> Result<Found, Error> {
        let tried = "ask for its version";
        let ask = |client: Client| async move { client.apiserver_version().await };
        let version = self.ask(tried, ask).await?;
        let name = shown::cut(&version.git_version);
        let Some(spoken) = spoken(&version.major, &version.minor) else {
            return Err(Error::ApiUnsupported("it tells no version of its API".to_owned()));
        };
        let least = self.least;
        if spoken < least {
            return Ok(Found::failed(
                format!("Kubernetes {name} has version {spoken} of the API; {least} is needed"),
                "Update the control plane. The least version that Berth asks for is the setting \
                 `worker.kubernetes_version_min`.",
            ));
        }
        Ok(Found::passed(format!("Kubernetes {name} has version {spoken} of the API")))
    }

    async fn role(&self) -> Result<Found, Error> {
        let tried = "ask what Berth may do";
        let all = RIGHTS.iter().flat_map(|right| {
            right.verbs.iter().map(move |verb| async move {
                let reviewed = self.review(tried, verb, right).await?;
                Ok::<_, Error>((!reviewed.allowed).then_some((*verb, right)))
            })
        });
        let missing: Vec<_> = try_join_all(all).await?.into_iter().flatten().collect();
        if missing.is_empty() {
            return Ok(Found::passed("Berth may do all that it does there"));
        }
        let words: Vec<String> =
            missing.iter().map(|(verb, right)| format!("`{verb}` on `{right}`")).collect();
        let rules: Vec<String> =
            RIGHTS.iter().map(|right| format!("{} on {right}", right.verbs.join(", "))).collect();
        Ok(Found::failed(
            format!("Berth lacks the right to {}", words.join(", ")),
            format!(
                "Bind the one that Berth comes as to a ClusterRole with all that it needs: {}.",
                rules.join("; ")
            ),
        ))
    }

    async fn identity(&self) -> Result<String, Error> {
        Cluster::identity(&self.kubernetes).await
    }

    async fn nodes(&self) -> Result<Found, Error> {
        let nodes = self.kubernetes.list("list the nodes").await?;
        let nodes: Vec<Facts> = nodes.into_iter().map(node::facts).collect::<Result<_, _>>()?;
        Ok(judged(&nodes))
    }

    /// The moment at which it answers, to the second.
    async fn time(&self) -> Result<Option<OffsetDateTime>, Error> {
        let tried = "ask for the time";
        let ask = |client: Client| async move {
            let request = Request::get("/version").body(Body::empty());
            client.send(request.map_err(KubeError::HttpError)?).await
        };
        let answer = self.ask(tried, ask).await?;
        let Some(date) = answer.headers().get(DATE) else { return Ok(None) };
        let time = date.to_str().ok().and_then(moment);
        time.map(Some).ok_or_else(|| Error::ApiUnsupported("its time is none".to_owned()))
    }
}

/// Some say `27+` for a 1.27 of their own.
fn spoken(major: &str, minor: &str) -> Option<ApiVersion> {
    let number = |text: &str| text.trim_end_matches(|c: char| !c.is_ascii_digit()).to_owned();
    format!("{}.{}", number(major), number(minor)).parse().ok()
}

fn moment(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, HTTP_TIME).ok().map(PrimitiveDateTime::assume_utc)
}

fn judged(nodes: &[Facts]) -> Found {
    let absent: Vec<&str> = nodes
        .iter()
        .filter(|node| node.state != State::Ready)
        .map(|node| node.name.as_str())
        .collect();
    let ready = nodes.len() - absent.len();
    let detail = format!("{ready} of {} nodes are ready", nodes.len());
    let remedy = "See on the machines of the cluster whether their kubelet runs, and whether it \
                  reaches the API server.";
    if ready == 0 {
        return Found::failed(detail, remedy);
    }
    if absent.is_empty() {
        return Found::passed(detail);
    }
    let shown: Vec<&str> = absent.into_iter().take(NAMES_MAX).collect();
    Found::warned(format!("{detail}; not so: {}", shown.join(", ")), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn versions_are_read_as_each_distribution_writes_them() {
        let version = |text: &str| Some(text.parse::<ApiVersion>().unwrap());
        assert_eq!(spoken("1", "37"), version("1.37"));
        assert_eq!(spoken("1", "27+"), version("1.27"));
        assert_eq!(spoken("", ""), None);
        assert_eq!(spoken("1", "x"), None);
    }

    #[test]
    fn a_time_is_read_as_http_writes_it() {
        let read = moment("Sun, 22 Nov 2026 16:58:10 GMT");
        assert_eq!(read, Some(datetime!(2026-11-22 16:58:10 UTC)));
        assert_eq!(moment("yesterday"), None);
    }
}
