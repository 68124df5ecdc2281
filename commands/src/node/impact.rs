//! What a change of a node would do, before anybody decides on it: `?dry_run=true`.
//!
//! Refused as the change itself would be, by the same verb, which is tried and not recorded. What
//! it would do is asked of the cluster, which is changed by none of that. So the answer is of this
//! moment, and binds nobody.

use crate::{
    endpoint::endpoint,
    handle::{self, Request, Verb, Writer},
    ports::{
        Clusters,
        cluster::{self as port, Effects, Managers, Manner, NodeChange, Outcome, Touched},
    },
    refusal::Refusal,
};
use domain::{
    availability::Availability,
    ids::{NodeId, ProviderId},
    node,
    node_observation::{Facts, NodeObservation, Seen, facts::State},
    provider::Provider,
};
use std::{collections::BTreeSet, sync::Arc};

/// What a change of a node would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impact {
    /// What it means for each thing that runs on the node and is touched, in the order of names.
    pub touched: Vec<Touched>,
    /// So many other nodes of the cluster take work now.
    pub other_nodes: u32,
    /// The managers, where the node is one of those that are reached.
    pub managers: Option<Managers>,
    /// What somebody should know before.
    pub warnings: Vec<Warning>,
}

/// What somebody should know before a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// No other node takes work.
    LastNode,
    /// The cluster can decide nothing any more if this manager goes, too.
    Quorum(Managers),
    /// There is no other node where it may run.
    NowhereElse(String),
    /// A disruption budget permits nothing of it to be missing now.
    Budget(String),
    /// It goes only by force.
    Held(String),
}

/// Finds out what a change would do.
#[derive(Clone)]
pub struct Impacts {
    writer: Writer,
    clusters: Arc<dyn Clusters>,
}

/// Why nobody can say.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The change would be refused, or the log does not answer.
    #[error(transparent)]
    Change(#[from] handle::Error),
    /// The cluster does not say.
    #[error(transparent)]
    Cluster(#[from] port::Error),
}

impl Impacts {
    /// Reads through `writer`, and asks clusters through `clusters`.
    #[must_use]
    pub fn new(writer: Writer, clusters: Arc<dyn Clusters>) -> Self {
        Self { writer, clusters }
    }

    /// What a change of a node would do, which `verb` would ask for.
    ///
    /// # Errors
    /// As the verb itself; and when the cluster does not answer.
    pub async fn of<V: Verb>(
        &self,
        (verb, request): (&V, &Request),
        (provider, node): (ProviderId, NodeId),
        change: &NodeChange,
        manner: Manner,
    ) -> Result<Impact, Error> {
        self.writer.try_out(verb, request).await?;
        let streams = self.writer.streams();
        let fold = streams.fold::<NodeObservation>(node).await.map_err(handle::Error::Log)?;
        let seen = fold.state.seen().map_err(|_| unknown())?;
        let provider = streams.fold::<Provider>(provider).await.map_err(handle::Error::Log)?;
        let provider =
            provider.state.present().map_err(Refusal::from).map_err(handle::Error::from)?;
        let cluster = provider.working(seen.place.cluster).map_err(Refusal::from);
        let cluster = cluster.map_err(handle::Error::from)?.clone();
        let endpoint =
            endpoint(&self.writer, provider.kind, cluster).await.map_err(handle::Error::Log)?;
        let cluster = self.clusters.connect(&endpoint).await?;
        let nodes = cluster.nodes().await?;
        let effects = cluster.impact(&seen.facts.native_id, change, manner).await?;
        Ok(judge(seen, &nodes, change, effects))
    }
}

fn unknown() -> handle::Error {
    Refusal::from(node::Error::NotFound).into()
}

fn judge(seen: &Seen, nodes: &[Facts], change: &NodeChange, effects: Effects) -> Impact {
    let id = &seen.facts.native_id;
    let takes_work =
        |node: &&Facts| node.state == State::Ready && node.availability == Availability::Active;
    let others = nodes.iter().filter(|node| node.native_id != *id).filter(takes_work).count();
    let other_nodes = u32::try_from(others).unwrap_or(u32::MAX);
    let Effects { touched, managers } = effects;
    let is_taken = change.availability.is_some_and(|to| to != Availability::Active);
    let mut warnings = vec![];
    if is_taken && other_nodes == 0 {
        warnings.push(Warning::LastNode);
    }
    if change.availability == Some(Availability::Drain) {
        let is_last = |managers: &Managers| managers.reachable <= managers.needed;
        warnings.extend(managers.filter(is_last).map(Warning::Quorum));
    }
    warnings.extend(touched.iter().filter_map(nowhere_else));
    let blocked = touched.iter().filter(|touched| touched.outcome == Outcome::Moves);
    let blocked = blocked.flat_map(|touched| &touched.budgets).filter(|it| it.allowed == 0);
    let blocked: BTreeSet<&String> = blocked.map(|budget| &budget.name).collect();
    warnings.extend(blocked.into_iter().cloned().map(Warning::Budget));
    let held = touched.iter().filter(|touched| touched.outcome == Outcome::Held);
    warnings.extend(held.map(|touched| Warning::Held(touched.name.clone())));
    Impact { touched, other_nodes, managers, warnings }
}

fn nowhere_else(touched: &Touched) -> Option<Warning> {
    let leaves = matches!(touched.outcome, Outcome::Moves | Outcome::Stops);
    (leaves && touched.elsewhere == 0).then(|| Warning::NowhereElse(touched.name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::cluster::Budget;
    use domain::testing::{discovered, facts, fold};

    fn touched(name: &str, outcome: Outcome, elsewhere: u32, allowed: &[u32]) -> Touched {
        let budget = |allowed: &u32| Budget { name: format!("{name}-budget"), allowed: *allowed };
        let budgets = allowed.iter().map(budget).collect();
        Touched { name: name.to_owned(), part_of: None, outcome, elsewhere, budgets }
    }

    fn warned(
        others: &[&str],
        to: Option<Availability>,
        touched: Vec<Touched>,
        managers: Option<Managers>,
    ) -> Vec<Warning> {
        let observation = fold::<NodeObservation>([discovered("active")]);
        let other = |(index, availability): (usize, &&str)| Facts {
            native_id: format!("other{index}"),
            ..facts(availability)
        };
        let mut nodes: Vec<Facts> = others.iter().enumerate().map(other).collect();
        nodes.push(facts("active"));
        let change = NodeChange { availability: to, ..NodeChange::default() };
        let effects = Effects { touched, managers };
        judge(observation.seen().unwrap(), &nodes, &change, effects).warnings
    }

    #[test]
    fn the_last_node_that_takes_work_is_warned_of() {
        let (drain, pause) = (Some(Availability::Drain), Some(Availability::Pause));
        assert_eq!(warned(&["pause", "drain"], drain, vec![], None), [Warning::LastNode]);
        assert_eq!(warned(&[], pause, vec![], None), [Warning::LastNode]);
        assert_eq!(warned(&["active"], drain, vec![], None), []);
        assert_eq!(warned(&[], None, vec![], None), [], "a label takes no node away");
    }

    #[test]
    fn a_manager_that_the_majority_needs_is_warned_of() {
        let drain = Some(Availability::Drain);
        let managers = |count, reachable, needed| Managers { count, reachable, needed };
        for (managers, is_warned) in
            [(managers(1, 1, 1), true), (managers(3, 2, 2), true), (managers(3, 3, 2), false)]
        {
            let warned = warned(&["active"], drain, vec![], Some(managers));
            assert_eq!(warned == [Warning::Quorum(managers)], is_warned, "{managers:?}");
        }
    }

    #[test]
    fn what_holds_up_a_drain_is_warned_of() {
        let drain = Some(Availability::Drain);
        let all = vec![
            touched("a", Outcome::Moves, 0, &[1]),
            touched("b", Outcome::Moves, 2, &[0]),
            touched("c", Outcome::Held, 0, &[0]),
            touched("d", Outcome::Stays, 0, &[]),
            touched("e", Outcome::Stops, 0, &[]),
        ];
        let expected = [
            Warning::NowhereElse("a".to_owned()),
            Warning::NowhereElse("e".to_owned()),
            Warning::Budget("b-budget".to_owned()),
            Warning::Held("c".to_owned()),
        ];
        assert_eq!(warned(&["active"], drain, all, None), expected);
    }
}
