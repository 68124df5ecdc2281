//! What a change of a node would do to its tasks. Swarm moves all of them when the node is drained,
//! and while it is active stops at once what no longer matches; on a paused node it leaves them.

use super::{
    Swarm, constraint,
    evacuate::{has_ended, name},
    node,
};
use bollard::{
    Docker,
    models::{Node, NodeSpecAvailabilityEnum, NodeSpecRoleEnum, NodeState, Reachability, Task},
};
use commands::ports::cluster::{Effects, Error, Managers, NodeChange, Outcome, Touched};
use std::collections::HashMap;

const TRIED: &str = "find out what a change would do";

impl Swarm {
    pub(super) async fn effects(
        &self,
        native_id: &str,
        change: &NodeChange,
    ) -> Result<Effects, Error> {
        let list = |docker: Docker| async move { docker.list_nodes(None).await };
        let nodes = self.managers.call(list).await.map_err(|failure| failure.of(TRIED))?;
        let gone = || Error::Overtaken { tried: TRIED };
        let is_it = |node: &&Node| node.id.as_deref() == Some(native_id);
        let now = nodes.iter().find(is_it).ok_or_else(gone)?;
        let others: Vec<&Node> = nodes.iter().filter(|node| !is_it(node)).collect();
        let tasks = self.tasks(native_id).await?;
        let services = self.service_names().await?;
        let running = tasks.iter().filter(|task| !has_ended(task));
        let touched = running.filter_map(|task| touched(task, now, &others, change, &services));
        let mut touched: Vec<Touched> = touched.collect();
        touched.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Effects { touched, managers: managers(native_id, &nodes) })
    }
}

fn touched(
    task: &Task,
    now: &Node,
    others: &[&Node],
    change: &NodeChange,
    services: &HashMap<String, String>,
) -> Option<Touched> {
    let spec = node::changed(now.spec.clone().unwrap_or_default(), change);
    let availability = spec.availability;
    let after = Node { spec: Some(spec), ..now.clone() };
    let placement = task.spec.as_ref().and_then(|spec| spec.placement.as_ref());
    let constraints = placement.and_then(|placement| placement.constraints.as_deref());
    let constraints = constraints.unwrap_or_default();
    let is_active = availability != Some(NodeSpecAvailabilityEnum::PAUSE);
    let outcome = match availability {
        Some(NodeSpecAvailabilityEnum::DRAIN) => Outcome::Moves,
        _ if is_active && !constraint::matches(&after, constraints) => Outcome::Stops,
        _ => return None,
    };
    // A task of each node has no other place.
    let is_global = task.slot.is_none();
    let fits = |node: &&&Node| takes_work(node) && constraint::matches(node, constraints);
    let elsewhere = if is_global { 0 } else { others.iter().filter(fits).count() };
    Some(Touched {
        name: name(task, services),
        part_of: task.service_id.as_ref().and_then(|id| services.get(id)).cloned(),
        outcome,
        elsewhere: u32::try_from(elsewhere).unwrap_or(u32::MAX),
        budgets: vec![],
    })
}

fn takes_work(node: &Node) -> bool {
    let state = node.status.as_ref().and_then(|status| status.state);
    let availability = node.spec.as_ref().and_then(|spec| spec.availability);
    state == Some(NodeState::READY) && availability == Some(NodeSpecAvailabilityEnum::ACTIVE)
}

/// Those who decide, where the node is one of them, and reached.
fn managers(native_id: &str, nodes: &[Node]) -> Option<Managers> {
    let role = |node: &Node| node.spec.as_ref().and_then(|spec| spec.role);
    let reached = |node: &Node| {
        let status = node.manager_status.as_ref();
        status.and_then(|status| status.reachability) == Some(Reachability::REACHABLE)
    };
    let all: Vec<&Node> =
        nodes.iter().filter(|node| role(node) == Some(NodeSpecRoleEnum::MANAGER)).collect();
    let own = all.iter().find(|node| node.id.as_deref() == Some(native_id))?;
    if !reached(own) {
        return None;
    }
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let reachable = all.iter().filter(|node| reached(node)).count();
    let count = number(all.len());
    Some(Managers { count, reachable: number(reachable), needed: count / 2 + 1 })
}
