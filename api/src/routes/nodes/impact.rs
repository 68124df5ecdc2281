//! What a change of a node would do, as clients see it: the answer to `?dry_run=true`.

use crate::{
    idempotency::Parameters,
    parameters::Query,
    problem::{Code, Problem},
    state::State,
    words::ImpactOutcome,
};
use actix_web::HttpResponse;
use commands::{
    handle::Verb,
    node::impact::{self, Impact, Warning},
    ports::cluster::{Manner, NodeChange, Touched},
};
use domain::{
    feed::Feed,
    ids::{NodeId, ProviderId},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How many of those that are touched are shown; all are counted.
const SHOWN_MAX: usize = 500;

/// `?dry_run=true`: what would it do?
pub(crate) struct DryRun(pub(crate) bool);

impl Parameters for DryRun {
    fn take(query: &mut Query) -> Result<Self, Problem> {
        let given = query.word("dry_run", &[("true", true), ("false", false)])?;
        Ok(Self(given.unwrap_or_default()))
    }
}

/// What a change of a node would do, as its cluster sees it now. Nothing was changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct NodeImpact {
    node_id: Uuid,
    /// So many other nodes of the cluster take work now.
    other_nodes: u32,
    /// The managers of the cluster, where the node is one of those that are reached.
    managers: Option<ImpactManagers>,
    /// How much runs on the node and is touched.
    touched_count: usize,
    /// The first of it, in the order of names.
    touched: Vec<ImpactTouched>,
    /// What somebody should know before.
    warnings: Vec<ImpactWarning>,
}

/// The managers of a cluster, which decide by majority.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImpactManagers {
    count: u32,
    reachable: u32,
    /// So many must be reached, for anything to be decided.
    needed: u32,
}

/// Something that runs on the node, and what the change would mean for it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImpactTouched {
    /// Its name on the cluster: a task as `web.2`, a pod as `shop/web-7d4b9`.
    name: String,
    /// Who starts it again; null where nobody does.
    part_of: Option<String>,
    outcome: ImpactOutcome,
    /// On so many other nodes that take work now its constraints would let it run. Whether one of
    /// them has room is not asked.
    elsewhere: u32,
    /// The disruption budgets that it counts for.
    budgets: Vec<DisruptionBudget>,
}

/// A disruption budget of Kubernetes.
#[derive(Serialize, ToSchema)]
pub(crate) struct DisruptionBudget {
    name: String,
    /// So many of its pods may be missing more than are now.
    allowed: u32,
}

/// What somebody should know before.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImpactWarning {
    /// `last_node`, `quorum`, `nowhere_else`, `disruption_budget` or `held`; there may be others.
    warning: &'static str,
    /// What it is about, where it is about something that has a name.
    name: Option<String>,
    /// The same in words.
    detail: String,
}

impl NodeImpact {
    fn new(node: NodeId, impact: Impact) -> Self {
        Self {
            node_id: node.0,
            other_nodes: impact.other_nodes,
            managers: impact.managers.map(|managers| ImpactManagers {
                count: managers.count,
                reachable: managers.reachable,
                needed: managers.needed,
            }),
            touched_count: impact.touched.len(),
            touched: impact.touched.into_iter().take(SHOWN_MAX).map(ImpactTouched::from).collect(),
            warnings: impact.warnings.into_iter().map(ImpactWarning::from).collect(),
        }
    }
}

impl From<Touched> for ImpactTouched {
    fn from(touched: Touched) -> Self {
        let budgets = touched.budgets.into_iter();
        Self {
            name: touched.name,
            part_of: touched.part_of,
            outcome: touched.outcome.into(),
            elsewhere: touched.elsewhere,
            budgets: budgets
                .map(|budget| DisruptionBudget { name: budget.name, allowed: budget.allowed })
                .collect(),
        }
    }
}

impl From<Warning> for ImpactWarning {
    fn from(warning: Warning) -> Self {
        let named = |warning, name: String, detail| Self { warning, name: Some(name), detail };
        match warning {
            Warning::LastNode => Self {
                warning: "last_node",
                name: None,
                detail: "no other node of the cluster takes work".to_owned(),
            },
            Warning::Quorum(managers) => {
                let (reachable, needed) = (managers.reachable, managers.needed);
                let detail = format!(
                    "{reachable} managers are reached and {needed} are needed: without this one \
                     the cluster can decide nothing, so do not stop its machine"
                );
                Self { warning: "quorum", name: None, detail }
            }
            Warning::NowhereElse(name) => {
                let detail = format!("no other node that takes work may run {name}");
                named("nowhere_else", name, detail)
            }
            Warning::Budget(name) => {
                let detail = format!(
                    "the disruption budget {name} permits nothing to be missing now, so the drain \
                     waits for it"
                );
                named("disruption_budget", name, detail)
            }
            Warning::Held(name) => {
                let detail = format!(
                    "{name} goes by force only: nobody would start it again, or \
                     it has data on this node alone"
                );
                named("held", name, detail)
            }
        }
    }
}

/// Answers what a verb would do, and does nothing.
pub(super) async fn answer<V>(
    state: &State,
    (verb, request): (V, commands::Request),
    (provider, node): (ProviderId, NodeId),
    change: NodeChange,
    manner: Manner,
) -> Result<HttpResponse, Problem>
where
    V: Verb + Send + 'static,
{
    let (impacts, head) = (state.impacts.clone(), state.feed.head().await?);
    let ask = async move { impacts.of((&verb, &request), (provider, node), &change, manner).await };
    let impact = state.apart(ask).await??;
    Ok(crate::answer::document(&NodeImpact::new(node, impact), head))
}

impl From<impact::Error> for Problem {
    fn from(error: impact::Error) -> Self {
        match error {
            impact::Error::Change(error) => error.into(),
            impact::Error::Cluster(error) => Self::new(Code::ClusterUnavailable, error),
        }
    }
}
