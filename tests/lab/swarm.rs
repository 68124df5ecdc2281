//! A Swarm of the lab behaves like one of real machines.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bollard::models::{
    NodeSpecAvailabilityEnum, ServiceSpec, ServiceSpecMode, ServiceSpecModeReplicated, TaskSpec,
    TaskSpecContainerSpec, TaskSpecPlacement, TaskState,
};
use bollard::query_parameters::{ListTasksOptionsBuilder, UpdateNodeOptionsBuilder};
use bollard::{API_DEFAULT_VERSION, Docker};
use tests::lab::{self, Look, Swarm, wait_for};

const CLIENT_SECONDS: u64 = 4;
const START_LIMIT: Duration = Duration::from_secs(20);
const TASK_LIMIT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

fn client(url: &str) -> Docker {
    Docker::connect_with_http(url, CLIENT_SECONDS, API_DEFAULT_VERSION).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_engines_make_a_swarm() {
    if !lab::ready() {
        return;
    }
    let start = Instant::now();
    let swarm = Swarm::start("paris", 3, 1).unwrap();
    let took = start.elapsed();
    // Not by `eprintln!`, which the harness keeps to itself when the test passes.
    writeln!(io::stderr(), "three nodes were ready after {:.1} s", took.as_secs_f32()).unwrap();
    assert!(took < START_LIMIT, "it took {took:?}");

    let nodes = client(&swarm.url(0)).list_nodes(None).await.unwrap();
    let mut seen: Vec<_> = nodes
        .into_iter()
        .map(|node| (node.description.unwrap().hostname.unwrap(), node.id.unwrap()))
        .collect();
    seen.sort();
    let expected: Vec<_> = swarm
        .engines()
        .iter()
        .map(|engine| (engine.hostname.clone(), engine.node_id.clone()))
        .collect();
    assert_eq!(seen, expected);
    swarm.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_takes_a_label_and_an_availability() {
    if !lab::ready() {
        return;
    }
    let swarm = Swarm::start("lyon", 2, 1).unwrap();
    let docker = client(&swarm.url(0));
    let id = &swarm.engines()[1].node_id;

    let node = docker.inspect_node(id).await.unwrap();
    let mut spec = node.spec.unwrap();
    spec.labels = Some(HashMap::from([("zone".to_owned(), "b".to_owned())]));
    spec.availability = Some(NodeSpecAvailabilityEnum::PAUSE);
    let version = i64::try_from(node.version.unwrap().index.unwrap()).unwrap();
    let options = UpdateNodeOptionsBuilder::new().version(version).build();
    docker.update_node(id, spec, options).await.unwrap();

    // As seen by the engine's own client, so that a mistake of ours cannot confirm itself.
    let format = "{{.Spec.Availability}} {{.Spec.Role}} {{json .Spec.Labels}}";
    let seen = swarm.docker(0, &["node", "inspect", "--format", format, id]).unwrap();
    assert_eq!(seen.trim(), r#"pause worker {"zone":"b"}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_runs_where_its_constraint_says() {
    if !lab::ready() {
        return;
    }
    let swarm = Swarm::start("nantes", 3, 1).unwrap();
    swarm.import_image("localhost:1/demo:1").unwrap();
    let chosen = &swarm.engines()[2];
    swarm.docker(0, &["node", "update", "--label-add", "zone=c", &chosen.node_id]).unwrap();

    let docker = client(&swarm.url(0));
    docker.create_service(service("web", "node.labels.zone==c"), None).await.unwrap();
    wait_until_running(&docker, "web", &chosen.node_id).await;

    let names = swarm.docker(2, &["ps", "--format", "{{.Names}}"]).unwrap();
    assert!(names.starts_with("web.1."), "containers of the chosen engine: {names:?}");
    assert_eq!(swarm.docker(1, &["ps", "--quiet"]).unwrap(), "");
    let uname = ["exec", names.trim(), "busybox", "id", "-u"];
    assert_eq!(swarm.docker(2, &uname).unwrap().trim(), "0");

    let ids: Vec<_> = (0..3)
        .map(|index| {
            let arguments = ["image", "inspect", "--format", "{{.Id}}", "localhost:1/demo:1"];
            swarm.docker(index, &arguments).unwrap()
        })
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "one image, one id: {ids:?}");
}

#[test]
fn a_killed_engine_goes_down_and_comes_back() {
    if !lab::ready() {
        return;
    }
    let swarm = Swarm::start("lille", 3, 1).unwrap();
    swarm.kill(2).unwrap();
    swarm.wait_until_node_is(2, "down").unwrap();
    swarm.revive(2).unwrap();
    swarm.wait_until_node_is(2, "ready").unwrap();

    // The only manager, too: it has its state on disk.
    swarm.kill(0).unwrap();
    assert!(swarm.docker(0, &["node", "ls"]).is_err());
    swarm.revive(0).unwrap();
    for index in 0..3 {
        swarm.wait_until_node_is(index, "ready").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_dies_with_its_killed_engine_and_starts_again() {
    if !lab::ready() {
        return;
    }
    let swarm = Swarm::start("brest", 1, 1).unwrap();
    swarm.import_image("localhost:1/demo:1").unwrap();
    let docker = client(&swarm.url(0));
    docker.create_service(service("web", "node.role==manager"), None).await.unwrap();
    wait_until_running(&docker, "web", &swarm.engines()[0].node_id).await;
    let first = swarm.docker(0, &["ps", "--quiet"]).unwrap();

    swarm.kill(0).unwrap();
    swarm.revive(0).unwrap();
    wait_for("another container runs", TASK_LIMIT, || match swarm.docker(0, &["ps", "--quiet"]) {
        Ok(seen) if !seen.is_empty() && seen != first => Look::Done(()),
        seen => Look::NotYet(format!("{seen:?}")),
    })
    .unwrap();
}

#[test]
fn another_manager_leads_when_the_first_dies() {
    if !lab::ready() {
        return;
    }
    let swarm = Swarm::start("tours", 3, 3).unwrap();
    swarm.kill(0).unwrap();
    swarm.wait_until_node_is(0, "down").unwrap();
    let leads = ["node", "inspect", "self", "--format", "{{.ManagerStatus.Leader}}"];
    let leaders: Vec<String> =
        [1, 2].map(|index| swarm.docker(index, &leads).unwrap().trim().to_owned()).into();
    assert_eq!(leaders.iter().filter(|leads| *leads == "true").count(), 1, "{leaders:?}");
    swarm.revive(0).unwrap();
    swarm.wait_until_node_is(0, "ready").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_link_heals() {
    if !lab::ready() {
        return;
    }
    let swarm = Swarm::start("metz", 2, 1).unwrap();
    let worker = client(&swarm.url(1));
    worker.ping().await.unwrap();

    swarm.cut(1).unwrap();
    assert!(worker.ping().await.is_err(), "nobody reaches it");
    swarm.wait_until_node_is(1, "down").unwrap();
    assert!(swarm.docker(1, &["info"]).is_ok(), "it lives on by itself");

    swarm.heal(1).unwrap();
    swarm.wait_until_node_is(1, "ready").unwrap();
    worker.ping().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_engine_accepts_and_never_answers() {
    if !lab::ready() {
        return;
    }
    let swarm = Swarm::start("nice", 1, 0).unwrap();
    let docker = client(&swarm.url(0));
    swarm.freeze(0).unwrap();
    let error = docker.ping().await.unwrap_err();
    assert!(matches!(error, bollard::errors::Error::RequestTimeoutError), "{error:?}");
    swarm.thaw(0).unwrap();
    docker.ping().await.unwrap();
}

#[test]
fn several_swarms_live_side_by_side() {
    if !lab::ready() {
        return;
    }
    let first = Swarm::start("east", 1, 1).unwrap();
    let second = Swarm::start("west", 1, 1).unwrap();
    assert_ne!(first.url(0), second.url(0));
    first.stop().unwrap();
    second.wait_until_node_is(0, "ready").unwrap();
}

#[test]
fn an_engine_that_cannot_start_says_why() {
    if !lab::ready() {
        return;
    }
    let swarm = Swarm::start("nancy", 1, 0).unwrap();
    swarm.kill(0).unwrap();
    let network = swarm.engines()[0].address.octets()[2];
    let lab = PathBuf::from(env::var("BERTH_TEST_LAB_DIRECTORY").unwrap());
    let data = lab.join(format!("lab{network}/1/data"));
    fs::remove_dir_all(&data).unwrap();
    fs::write(&data, "not a directory").unwrap();

    let error = swarm.revive(0).unwrap_err().to_string();
    assert!(error.contains("the engine has ended"), "{error}");
    assert!(error.contains("points to a file"), "its log tells: {error}");
}

fn service(name: &str, constraint: &str) -> ServiceSpec {
    ServiceSpec {
        name: Some(name.to_owned()),
        mode: Some(ServiceSpecMode {
            replicated: Some(ServiceSpecModeReplicated { replicas: Some(1) }),
            ..ServiceSpecMode::default()
        }),
        task_template: Some(TaskSpec {
            container_spec: Some(TaskSpecContainerSpec {
                image: Some("localhost:1/demo:1".to_owned()),
                ..TaskSpecContainerSpec::default()
            }),
            placement: Some(TaskSpecPlacement {
                constraints: Some(vec![constraint.to_owned()]),
                ..TaskSpecPlacement::default()
            }),
            ..TaskSpec::default()
        }),
        ..ServiceSpec::default()
    }
}

async fn wait_until_running(docker: &Docker, service: &str, node_id: &str) {
    let filters = HashMap::from([("service", vec![service])]);
    let start = Instant::now();
    loop {
        let options = ListTasksOptionsBuilder::new().filters(&filters).build();
        let tasks = docker.list_tasks(Some(options)).await.unwrap();
        let running = tasks.iter().find(|task| {
            task.status.as_ref().and_then(|status| status.state) == Some(TaskState::RUNNING)
        });
        if let Some(task) = running {
            assert_eq!(task.node_id.as_deref(), Some(node_id));
            return;
        }
        assert!(start.elapsed() < TASK_LIMIT, "no task runs: {tasks:#?}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
