//! What a change of a node would do to its pods. A drain evicts those it may; a label that is gone
//! moves none: a pod that no longer matches stays until it ends for another reason.

use super::{
    Kubernetes, node,
    pod::{self, controller, held, is_moved},
    schedulable::{matches, selects, tolerates},
};
use commands::ports::cluster::{Budget, Effects, Error, Manner, NodeChange, Outcome, Touched};
use domain::availability::Availability;
use k8s_openapi::api::{
    core::v1::{Node, Pod},
    policy::v1::PodDisruptionBudget,
};
use kube::{Api, Client, api::ListParams};
use std::collections::BTreeMap;

const TRIED: &str = "find out what a change would do";
/// Budgets that one call lists.
const PAGE_BUDGETS: u32 = 500;
/// More pages than any cluster has.
const PAGES_MAX: usize = 20;

impl Kubernetes {
    pub(super) async fn effects(
        &self,
        native_id: &str,
        change: &NodeChange,
        manner: Manner,
    ) -> Result<Effects, Error> {
        let nodes = self.list(TRIED).await?;
        let is_it = |node: &&Node| node.metadata.uid.as_deref() == Some(native_id);
        let gone = || Error::Overtaken { tried: TRIED };
        let now = nodes.iter().find(is_it).ok_or_else(gone)?;
        let name = now.metadata.name.clone().ok_or_else(gone)?;
        let pods = self.pods(&format!("spec.nodeName={name}")).await?;
        let budgets = self.budgets().await?;
        let others: Vec<&Node> = nodes.iter().filter(|node| !is_it(node)).collect();
        let touched = pods.iter().filter_map(|pod| {
            let outcome = outcome(pod, now, change, manner)?;
            Some(touched(pod, outcome, &others, &budgets))
        });
        let mut touched: Vec<Touched> = touched.collect();
        touched.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Effects { touched, managers: None })
    }

    async fn budgets(&self) -> Result<Vec<PodDisruptionBudget>, Error> {
        let mut page = ListParams::default().limit(PAGE_BUDGETS);
        let mut all = vec![];
        for _ in 0..PAGES_MAX {
            let params = &page;
            let list = |client: Client| async move {
                Api::<PodDisruptionBudget>::all(client).list(params).await
            };
            let listed = self.addresses.call(list).await.map_err(|failure| failure.of(TRIED))?;
            all.extend(listed.items);
            match listed.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => page = page.continue_token(&token),
                None => return Ok(all),
            }
        }
        Err(Error::ApiUnsupported(format!("it lists budgets on more than {PAGES_MAX} pages")))
    }
}

/// What becomes of a pod; nothing, where it is not touched at all.
fn outcome(pod: &Pod, now: &Node, change: &NodeChange, manner: Manner) -> Option<Outcome> {
    if change.availability == Some(Availability::Drain) {
        return Some(match (is_moved(pod), held(pod)) {
            (false, _) if pod::has_ended(pod) => return None,
            (false, _) => Outcome::Stays,
            (true, Some(_)) if manner == Manner::Gentle => Outcome::Held,
            (true, Some(_)) if controller(pod).is_none() => Outcome::Ends,
            (true, _) => Outcome::Moves,
        });
    }
    let name = now.metadata.name.as_deref().unwrap_or_default();
    let before = now.metadata.labels.clone().unwrap_or_default();
    let after = relabeled(&before, change);
    let mismatches = matches(pod, name, &before) && !matches(pod, name, &after);
    (mismatches && !pod::has_ended(pod)).then_some(Outcome::Stays)
}

fn relabeled(labels: &BTreeMap<String, String>, change: &NodeChange) -> BTreeMap<String, String> {
    let mut labels = labels.clone();
    for key in &change.remove {
        labels.remove(key.as_str());
    }
    for (key, value) in &change.set {
        labels.insert(key.as_str().to_owned(), value.as_str().to_owned());
    }
    labels
}

fn touched(
    pod: &Pod,
    outcome: Outcome,
    others: &[&Node],
    budgets: &[PodDisruptionBudget],
) -> Touched {
    let fits = |other: &&&Node| {
        let name = other.metadata.name.as_deref().unwrap_or_default();
        let none = BTreeMap::new();
        let labels = other.metadata.labels.as_ref().unwrap_or(&none);
        node::takes_work(other) && tolerates(pod, other) && matches(pod, name, labels)
    };
    let counted = budgets.iter().filter(|budget| {
        let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        budget.metadata.namespace == pod.metadata.namespace && selects(selector, pod)
    });
    Touched {
        name: pod::name(pod),
        part_of: controller(pod).map(|(kind, name)| format!("{kind} {name}")),
        outcome,
        elsewhere: u32::try_from(others.iter().filter(fits).count()).unwrap_or(u32::MAX),
        budgets: counted.map(named).collect(),
    }
}

fn named(budget: &PodDisruptionBudget) -> Budget {
    let namespace = budget.metadata.namespace.as_deref().unwrap_or_default();
    let name = budget.metadata.name.as_deref().unwrap_or_default();
    let allowed = budget.status.as_ref().map_or(0, |status| status.disruptions_allowed);
    Budget { name: format!("{namespace}/{name}"), allowed: u32::try_from(allowed).unwrap_or(0) }
}
