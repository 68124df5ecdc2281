//! What runs on a Swarm in a story: services that the engines' own client makes.

use crate::lab::Lab;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tests::lab::{Look, wait_for};
use tokio::task::block_in_place;

/// Its registry is nobody, so that every engine takes its own copy at once.
pub(crate) const IMAGE: &str = "localhost:1/demo:1";
/// Does not stop when it is told to.
pub(crate) const DEAF: &str = "trap '' TERM; while :; do sleep 1; done";
/// How long what is told to stop has for it.
const GRACE: &str = "--stop-grace-period=10m";
const LIMIT: Duration = Duration::from_secs(60);

/// Whether there is anything to clean.
static USED: AtomicBool = AtomicBool::new(false);

/// Creates a service, and returns once all of it runs.
pub(crate) fn run(lab: &Lab, name: &str, copies: usize, command: &[&str]) {
    create(lab, name, copies, &[], command);
    until_run(lab, name, copies);
}

/// Waits until so many containers of a service run.
pub(crate) fn until_run(lab: &Lab, name: &str, copies: usize) {
    let look = || {
        let engines = 0..lab.engines().len();
        let running: usize = engines.map(|engine| containers(lab, name, engine).len()).sum();
        if running == copies { Look::Done(()) } else { Look::NotYet(format!("{running} run")) }
    };
    block_in_place(|| wait_for(&format!("{name} runs"), LIMIT, look)).unwrap();
}

/// Creates a service with more options, and waits for nothing.
pub(crate) fn create(lab: &Lab, name: &str, copies: usize, more: &[&str], command: &[&str]) {
    if !USED.swap(true, Ordering::Relaxed) {
        block_in_place(|| lab.import_image(IMAGE)).unwrap();
    }
    let (named, replicas) = (format!("--name={name}"), format!("--replicas={copies}"));
    let own = ["service", "create", "--detach", "--no-resolve-image", GRACE, &named, &replicas];
    lab.say(&[&own[..], more, &[IMAGE], command].concat());
}

/// The containers of a service that run on an engine.
pub(crate) fn containers(lab: &Lab, name: &str, engine: usize) -> Vec<String> {
    let filter = format!("--filter=label=com.docker.swarm.service.name={name}");
    on(lab, engine, &["ps", "--quiet", &filter])
}

/// Kills what runs of a service, wherever it does.
pub(crate) fn kill(lab: &Lab, name: &str) {
    for engine in 0..lab.engines().len() {
        for container in containers(lab, name, engine) {
            // It may have ended by itself meanwhile.
            drop(block_in_place(|| lab.docker(engine, &["kill", &container])));
        }
    }
}

fn on(lab: &Lab, engine: usize, arguments: &[&str]) -> Vec<String> {
    let text = block_in_place(|| lab.docker(engine, arguments)).unwrap();
    text.split_whitespace().map(str::to_owned).collect()
}

/// Ends every service and all that is left of it.
pub(crate) fn clean(lab: &Lab) {
    if !USED.load(Ordering::Relaxed) {
        return;
    }
    for service in on(lab, 0, &["service", "ls", "--quiet"]) {
        lab.say(&["service", "rm", &service]);
    }
    let look = || {
        let mut left = vec![];
        for engine in 0..lab.engines().len() {
            for container in on(lab, engine, &["ps", "--quiet"]) {
                drop(lab.docker(engine, &["kill", &container]));
                left.push(container);
            }
            left.extend(on(lab, 0, &["node", "ps", "--quiet", &lab.engines()[engine].node_id]));
        }
        if left.is_empty() { Look::Done(()) } else { Look::NotYet(format!("{left:?}")) }
    };
    block_in_place(|| wait_for("nothing is left of any service", LIMIT, look)).unwrap();
}
