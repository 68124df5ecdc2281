//! What still runs on a node that is drained. Swarm itself ends it, as soon as the node is drained;
//! what is left to do here is to look until nothing is there.
//!
//! Containers that somebody started on the engine by hand are no tasks: Swarm leaves them alone,
//! and cannot see them.

use super::Swarm;
use bollard::{
    Docker,
    models::{Service, Task, TaskState},
    query_parameters::ListTasksOptionsBuilder,
};
use commands::ports::cluster::{Error, Remaining};
use domain::node_observation::drain::Left;
use std::collections::HashMap;

const TRIED: &str = "list the tasks of the node";

impl Swarm {
    pub(super) async fn remaining(&self, native_id: &str) -> Result<Remaining, Error> {
        let tasks: Vec<Task> =
            self.tasks(native_id).await?.into_iter().filter(|task| !has_ended(task)).collect();
        if tasks.is_empty() {
            return Ok(Remaining::default());
        }
        let services = self.service_names().await?;
        let mut leaving: Vec<Left> = tasks.iter().map(|task| left(task, &services)).collect();
        leaving.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Remaining { leaving, held: vec![] })
    }

    /// All tasks that were ever placed on the node, as far as the managers remember them.
    pub(super) async fn tasks(&self, native_id: &str) -> Result<Vec<Task>, Error> {
        let filters = HashMap::from([("node", vec![native_id])]);
        let options = ListTasksOptionsBuilder::new().filters(&filters).build();
        let options = &options;
        let list = |docker: Docker| async move { docker.list_tasks(Some(options.clone())).await };
        self.managers.call(list).await.map_err(|failure| failure.of(TRIED))
    }

    pub(super) async fn service_names(&self) -> Result<HashMap<String, String>, Error> {
        let list = |docker: Docker| async move { docker.list_services(None).await };
        let services = self.managers.call(list).await.map_err(|failure| failure.of(TRIED))?;
        let named = |service: Service| Some((service.id?, service.spec?.name?));
        Ok(services.into_iter().filter_map(named).collect())
    }
}

/// Whether nothing of it runs any more, and nothing will.
pub(super) fn has_ended(task: &Task) -> bool {
    let state = task.status.as_ref().and_then(|status| status.state);
    matches!(
        state,
        Some(
            TaskState::COMPLETE
                | TaskState::SHUTDOWN
                | TaskState::FAILED
                | TaskState::REJECTED
                | TaskState::REMOVE
                | TaskState::ORPHANED
        )
    )
}

/// As Docker's own client calls it: `web.2`, or the whole id where the service is gone.
pub(super) fn name(task: &Task, services: &HashMap<String, String>) -> String {
    let service = task.service_id.as_ref().and_then(|id| services.get(id));
    match (service, task.slot, &task.node_id) {
        (Some(service), Some(slot), _) => format!("{service}.{slot}"),
        (Some(service), None, Some(node)) => format!("{service}.{node}"),
        (Some(service), None, None) => service.clone(),
        (None, _, _) => task.id.clone().unwrap_or_default(),
    }
}

fn left(task: &Task, services: &HashMap<String, String>) -> Left {
    let state = task.status.as_ref().and_then(|status| status.state);
    let state = state.map_or_else(|| "in no known state".to_owned(), |state| state.to_string());
    let reason = match task.desired_state {
        Some(TaskState::SHUTDOWN | TaskState::REMOVE) => {
            format!("was told to stop, and is {state}")
        }
        _ => format!("is {state}, and was not told to stop yet"),
    };
    Left { name: name(task, services), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn task(state: &str, desired: &str, more: serde_json::Value) -> Task {
        let mut task = json!({
            "ID": "t1", "ServiceID": "s1", "NodeID": "n1",
            "Status": {"State": state}, "DesiredState": desired,
        });
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(task).unwrap()
    }

    #[test]
    fn a_task_is_there_until_it_has_ended_whatever_is_wanted_of_it() {
        for state in ["assigned", "preparing", "starting", "running"] {
            assert!(!has_ended(&task(state, "shutdown", json!({}))), "{state}");
        }
        for state in ["complete", "shutdown", "failed", "rejected", "remove", "orphaned"] {
            assert!(has_ended(&task(state, "running", json!({}))), "{state}");
        }
    }

    #[test]
    fn a_task_is_named_as_people_know_it() {
        let services = HashMap::from([("s1".to_owned(), "web".to_owned())]);
        let replica = left(&task("running", "shutdown", json!({"Slot": 2})), &services);
        assert_eq!(replica.name, "web.2");
        assert_eq!(replica.reason, "was told to stop, and is running");
        let global = left(&task("running", "running", json!({})), &services);
        assert_eq!(global.name, "web.n1");
        assert_eq!(global.reason, "is running, and was not told to stop yet");
        assert_eq!(left(&task("running", "remove", json!({})), &HashMap::new()).name, "t1");
    }
}
