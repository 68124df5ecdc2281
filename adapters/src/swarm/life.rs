//! What runs of a service, by its tasks. Pure.
//!
//! The engine keeps the tasks that ended as a history, and during a roll-out those that are made as
//! the service was before. Only a task that is to run, does run, and is made as the service is now
//! counts. Where it may run is not compared: a task that still fits stays when that changes.

use super::service;
use crate::shown::words;
use bollard::models::{
    Service, ServiceUpdateStatusStateEnum as Update, Task, TaskSpec, TaskState, TaskStatus,
};
use commands::ports::cluster::workload::Life;

/// What runs of a service, and what the engine says is wrong.
pub(super) fn life(service: &Service, tasks: &[Task]) -> Life {
    let template = service.spec.as_ref().and_then(|spec| spec.task_template.as_ref());
    let current = template.and_then(made_as);
    let is_current = |task: &&Task| task.spec.as_ref().and_then(made_as) == current;
    let wanted: Vec<&Task> = tasks
        .iter()
        .filter(|task| task.desired_state == Some(TaskState::RUNNING))
        .filter(is_current)
        .collect();
    let is_old = |task: &Task| task.desired_state == Some(TaskState::RUNNING) && !is_current(&task);
    let running = wanted.iter().filter(|task| state(task) == Some(TaskState::RUNNING)).count();
    let update = service.update_status.as_ref();
    let is = |state: Update| update.is_some_and(|update| update.state == Some(state));
    let paused = update.filter(|_| is(Update::PAUSED)).and_then(|update| update.message.clone());
    Life {
        running: u32::try_from(running).unwrap_or(u32::MAX),
        is_changing: is(Update::UPDATING) || is(Update::PAUSED) || tasks.iter().any(is_old),
        trouble: trouble(&wanted, tasks, current.as_ref()).or(paused.clone()),
        gave_up: paused,
    }
}

type MadeAs = (commands::ports::cluster::workload::Spec, u64);

fn made_as(task: &TaskSpec) -> Option<MadeAs> {
    Some((service::container(task)?, task.force_update.unwrap_or_default()))
}

fn state(task: &Task) -> Option<TaskState> {
    task.status.as_ref().and_then(|status| status.state)
}

/// Why a task that is to run does not: its own words, or those of one that it stands in for.
fn trouble(wanted: &[&Task], all: &[Task], current: Option<&MadeAs>) -> Option<String> {
    let waits = wanted.iter().filter(|task| state(task) != Some(TaskState::RUNNING));
    let mut said: Vec<String> =
        waits.clone().filter_map(|task| complaint(task.status.as_ref()?)).collect();
    if said.is_empty() && waits.clone().next().is_some() {
        let ended = all.iter().filter(|task| {
            matches!(state(task), Some(TaskState::FAILED | TaskState::REJECTED))
                && task.spec.as_ref().and_then(made_as).as_ref() == current
        });
        said.extend(ended.filter_map(|task| complaint(task.status.as_ref()?)));
    }
    // The same one each time, however the engine sorts them.
    said.into_iter().min()
}

fn complaint(status: &TaskStatus) -> Option<String> {
    let said = status.err.as_deref().map(str::trim).filter(|said| !said.is_empty())?;
    Some(words(said, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn service(update: Value) -> Service {
        let template = json!({"ContainerSpec": {"Image": "web:2"}, "ForceUpdate": 0});
        let spec = json!({"Mode": {"Replicated": {"Replicas": 2}}, "TaskTemplate": template});
        serde_json::from_value(json!({"ID": "s1", "Spec": spec, "UpdateStatus": update})).unwrap()
    }

    fn task(image: &str, desired: &str, state: &str, err: &str) -> Task {
        serde_json::from_value(json!({
            "Spec": {"ContainerSpec": {"Image": image}, "ForceUpdate": 0},
            "DesiredState": desired, "Status": {"State": state, "Err": err},
        }))
        .unwrap()
    }

    #[test]
    fn only_what_is_to_run_and_made_as_said_counts() {
        let tasks = [
            task("web:2", "running", "running", ""),
            task("web:1", "running", "running", ""),
            task("web:2", "shutdown", "running", ""),
            task("web:2", "running", "preparing", ""),
        ];
        let seen = life(&service(json!({"State": "updating"})), &tasks);
        assert_eq!(seen, Life { running: 1, is_changing: true, ..Life::default() });
        let before_it_begins = life(&service(Value::Null), &tasks);
        assert_eq!(before_it_begins, seen, "old ones run still");
        assert!(!life(&service(Value::Null), &tasks[2..]).is_changing);
    }

    #[test]
    fn the_engine_says_why_a_task_waits_or_fails() {
        let words = "no suitable node (scheduling constraints not satisfied on 3 nodes)";
        let pending = task("web:2", "running", "pending", words);
        let seen = life(&service(Value::Null), &[pending]);
        assert_eq!(seen.trouble.as_deref(), Some(words));

        let gone = task("web:2", "shutdown", "rejected", "No such image: web:2");
        let next = || task("web:2", "running", "ready", "");
        let seen = life(&service(Value::Null), &[gone.clone(), next()]);
        assert_eq!(seen.trouble.as_deref(), Some("No such image: web:2"));
        let runs = task("web:2", "running", "running", "");
        assert_eq!(life(&service(Value::Null), &[gone, runs]).trouble, None, "it is history");
        let older = task("web:1", "shutdown", "failed", "task: non-zero exit (1)");
        assert_eq!(life(&service(Value::Null), &[older, next()]).trouble, None);
    }

    #[test]
    fn a_roll_out_that_stopped_halfway_is_trouble() {
        let message = "update paused due to failure or early termination of task x";
        let update = json!({"State": "paused", "Message": message});
        let runs = || task("web:2", "running", "running", "");
        let seen = life(&service(update), &[runs(), runs()]);
        let said = || Some(message.to_owned());
        let expected = Life { running: 2, is_changing: true, trouble: said(), gave_up: said() };
        assert_eq!(seen, expected);
    }
}
