//! Lets pods leave a node: each is asked to by an eviction, which heeds disruption budgets, and is
//! looked for until it is gone.

use super::{Kubernetes, error, pod};
use crate::addresses::{Failure, Meaning};
use commands::ports::cluster::{Error, Manner, Remaining};
use domain::node_observation::drain::Left;
use futures::StreamExt;
use http::{Request, header::CONTENT_TYPE};
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client, Error as KubeError, api::ListParams};
use serde_json::{Value, json};

const TRIED: &str = "list the pods of the node";
/// How many are asked to leave at once.
const EVICTIONS_AT_ONCE: usize = 4;
/// Pods that one call lists.
const PAGE_PODS: u32 = 500;
/// More pages than any node or workload has.
const PAGES_MAX: usize = 10;

impl Kubernetes {
    pub(super) async fn remaining(
        &self,
        native_id: &str,
        manner: Manner,
    ) -> Result<Remaining, Error> {
        let gone = || Error::Overtaken { tried: TRIED };
        let node = self.name(TRIED, native_id).await?.ok_or_else(gone)?;
        let pods = self.pods(&format!("spec.nodeName={node}")).await?;
        let moved = pods.into_iter().filter(pod::is_moved);
        let (held, going): (Vec<_>, Vec<_>) =
            moved.partition(|pod| manner == Manner::Gentle && pod::held(pod).is_some());
        let held = held.iter().filter_map(|pod| Some(left(pod, pod::held(pod)?.to_owned())));
        let mut remaining = Remaining { leaving: vec![], held: held.collect() };
        let asked = futures::stream::iter(going)
            .map(|pod| async move { self.ask_to_leave(&pod).await })
            .buffer_unordered(EVICTIONS_AT_ONCE);
        let mut asked = std::pin::pin!(asked);
        while let Some(left) = asked.next().await {
            remaining.leaving.extend(left?);
        }
        remaining.leaving.sort_by(|one, other| one.name.cmp(&other.name));
        remaining.held.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(remaining)
    }

    /// The pods of all namespaces that a selector of fields names.
    pub(super) async fn pods(&self, fields: &str) -> Result<Vec<Pod>, Error> {
        self.listed_pods(TRIED, None, ListParams::default().fields(fields)).await
    }

    /// Pods of one namespace or of all, page by page.
    pub(super) async fn listed_pods(
        &self,
        tried: &'static str,
        namespace: Option<&str>,
        which: ListParams,
    ) -> Result<Vec<Pod>, Error> {
        let mut page = which.limit(PAGE_PODS);
        let mut all = vec![];
        for _ in 0..PAGES_MAX {
            let params = &page;
            let list = |client: Client| async move {
                let pods: Api<Pod> = match namespace {
                    Some(namespace) => Api::namespaced(client, namespace),
                    None => Api::all(client),
                };
                pods.list(params).await
            };
            let listed = self.addresses.call(list).await.map_err(|failure| failure.of(tried))?;
            all.extend(listed.items);
            match listed.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => page = page.continue_token(&token),
                None => return Ok(all),
            }
        }
        Err(Error::ApiUnsupported(format!("it lists pods on more than {PAGES_MAX} pages")))
    }

    /// Asks one pod to leave, unless it is on its way. Answers what is to be said of it, unless it
    /// is gone.
    async fn ask_to_leave(&self, pod: &Pod) -> Result<Option<Left>, Error> {
        let stopping = || Ok(Some(left(pod, "is stopping".to_owned())));
        if pod.metadata.deletion_timestamp.is_some() {
            return stopping();
        }
        match self.addresses.call(|client| evict(client, pod)).await {
            Ok(_) => stopping(),
            Err(Failure::Driver(error)) if error::is_missing(&error) => Ok(None),
            Err(Failure::Driver(error)) => match error::budget(&error) {
                Some(words) => Ok(Some(left(pod, words))),
                None => match error.of("evict a pod") {
                    // Another pod has its name by now.
                    Error::Overtaken { .. } => Ok(None),
                    Error::Refused { words, .. } | Error::PermissionMissing { words, .. } => {
                        Ok(Some(left(pod, words)))
                    }
                    error => Err(error),
                },
            },
            Err(late) => Err(late.of("evict a pod")),
        }
    }
}

/// By a body of our own: the driver's puts what is said of the deletion where nobody reads it.
async fn evict(client: Client, pod: &Pod) -> Result<Value, KubeError> {
    let metadata = &pod.metadata;
    let namespace = metadata.namespace.as_deref().unwrap_or_default();
    let name = metadata.name.as_deref().unwrap_or_default();
    let body = json!({
        "apiVersion": "policy/v1", "kind": "Eviction",
        "metadata": {"name": name, "namespace": namespace},
        "deleteOptions": {"preconditions": {"uid": metadata.uid}},
    });
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}/eviction");
    let request = Request::post(path).header(CONTENT_TYPE, "application/json");
    let request = request.body(body.to_string().into_bytes()).map_err(KubeError::HttpError)?;
    client.request(request).await
}

fn left(pod: &Pod, reason: String) -> Left {
    Left { name: pod::name(pod), reason }
}
