//! Nothing the lab started is left behind, however the test ended.

use std::any::Any;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tests::lab::{self, Kubernetes, Look, Swarm, wait_for};

const VICTIM: &str = "BERTH_LAB_VICTIM";
/// What a victim may have, by a program that it runs then.
const SWARM: &str = "dockerd";
const KUBERNETES: &str = "kube-apiserver";
const LIMIT: Duration = Duration::from_secs(20);

/// Not a test by itself: [`killed_by`] starts it in another isolated run, to be killed there.
#[test]
#[expect(clippy::print_stdout, reason = "its killer reads the name")]
fn victim() {
    let Some(has) = env::var_os(VICTIM) else { return };
    let _cluster: Box<dyn Any> = if has == SWARM {
        let swarm = Swarm::start("victim", 2, 1).unwrap();
        swarm.import_image("localhost:1/demo:1").unwrap();
        swarm.docker(0, &["run", "--detach", "--net=none", "localhost:1/demo:1"]).unwrap();
        Box::new(swarm)
    } else {
        Box::new(Kubernetes::start("victim", 1).unwrap())
    };
    println!("{}", env::var("BERTH_TEST_LAB_CGROUP").unwrap());
    loop {
        std::thread::park();
    }
}

#[test]
fn a_stopped_control_plane_leaves_nothing() {
    if !lab::ready_for_kubernetes() {
        return;
    }
    let kubernetes = Kubernetes::start("spirit", 1).unwrap();
    let bridge = format!("lab{}", kubernetes.address.octets()[2]);
    let directory = PathBuf::from(env::var("BERTH_TEST_LAB_DIRECTORY").unwrap()).join(&bridge);
    let program = format!("{}/", directory.display());
    assert!(directory.exists() && processes(&program).len() >= 5);

    kubernetes.stop().unwrap();
    assert_eq!(processes(&program), [0_u32; 0], "processes");
    assert_nothing_of(&bridge, &directory);
}

#[test]
fn a_control_plane_of_a_killed_wrapper_leaves_nothing() {
    if lab::ready_for_kubernetes() {
        killed_by(KUBERNETES, |wrapper, _| send(Signal::SIGKILL, wrapper.id()));
    }
}

#[test]
fn a_control_plane_of_an_interrupted_wrapper_leaves_nothing() {
    if lab::ready_for_kubernetes() {
        killed_by(KUBERNETES, |wrapper, _| send(Signal::SIGINT, wrapper.id()));
    }
}

#[test]
fn a_stopped_swarm_leaves_nothing() {
    if !lab::ready() {
        return;
    }
    // Another test may run beside this one, so it is looked for by what is its own.
    let swarm = Swarm::start("ghost", 2, 1).unwrap();
    swarm.import_image("localhost:1/demo:1").unwrap();
    swarm.docker(1, &["run", "--detach", "--net=none", "localhost:1/demo:1"]).unwrap();
    let address = swarm.engines()[0].address.octets();
    let bridge = format!("lab{}", address[2]);
    let directory = PathBuf::from(env::var("BERTH_TEST_LAB_DIRECTORY").unwrap()).join(&bridge);
    let cgroup = env::var("BERTH_TEST_LAB_CGROUP").unwrap();
    let groups = || {
        let all = find_cgroups(&cgroup).into_iter();
        all.filter(|group| group.to_string_lossy().contains(&format!("/{bridge}-"))).count()
    };
    assert!(groups() > 0 && directory.exists() && !processes("ghost-1").is_empty());

    swarm.stop().unwrap();
    assert_eq!(groups(), 0, "control groups");
    assert_eq!(processes(&format!("{}/", directory.display())), [0_u32; 0], "processes");
    assert_nothing_of(&bridge, &directory);
}

fn assert_nothing_of(bridge: &str, directory: &Path) {
    assert!(!directory.exists(), "directory");
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(&format!("/{bridge}/")), "mounts: {mounts}");
    let links = fs::read_to_string("/proc/net/dev").unwrap();
    let own = [format!("{bridge}:"), format!("{bridge}e")];
    assert!(!own.iter().any(|link| links.contains(link)), "links: {links}");
}

#[test]
fn a_killed_test_process_leaves_nothing() {
    killed_by(SWARM, |_, cgroup| {
        for process in with_cgroup(cgroup, "leftovers::victim\0--nocapture") {
            if !read(process, "cmdline").contains("isolated") {
                send(Signal::SIGKILL, process);
            }
        }
    });
}

#[test]
fn a_killed_wrapper_leaves_nothing() {
    killed_by(SWARM, |wrapper, _| send(Signal::SIGKILL, wrapper.id()));
}

#[test]
fn an_interrupted_wrapper_leaves_nothing() {
    killed_by(SWARM, |wrapper, _| send(Signal::SIGINT, wrapper.id()));
}

#[test]
fn a_command_keeps_its_exit_status() {
    if !lab::ready() {
        return;
    }
    let status = Command::new(wrapper()).args(["sh", "-c", "exit 7"]).status().unwrap();
    assert_eq!(status.code(), Some(7));
}

#[test]
fn without_root_the_wrapper_says_why_and_what_to_do() {
    if !lab::ready() {
        return;
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "nobody", "--clear-groups", "bash"]).arg(wrapper()).arg("true");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("need root") && message.contains("Cure: sudo"), "{message}");
}

/// Starts an isolated run with a cluster in it, strikes part of it, and awaits that all of it is
/// gone.
fn killed_by(has: &str, strike: impl FnOnce(&Child, &str)) {
    if !lab::ready() {
        return;
    }
    let mut child = Command::new(wrapper())
        .arg(env::current_exe().unwrap())
        .args(["--exact", "leftovers::victim", "--nocapture"])
        .env(VICTIM, has)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let cgroup = lines.map(|line| line.trim().to_owned()).find(|line| line.contains("berth-lab-"));
    // The harness prints the name of the test on the same line.
    let cgroup = cgroup.expect("a victim that came up").split(' ').next_back().unwrap().to_owned();
    assert!(has != SWARM || !find_cgroups(&cgroup).is_empty());
    assert!(!with_cgroup(&cgroup, has).is_empty());

    strike(&child, &cgroup);
    child.wait().unwrap();
    let directory = Path::new("/tmp").join(&cgroup);
    wait_for("everything is gone", LIMIT, || {
        let processes = with_cgroup(&cgroup, "");
        let groups = find_cgroups(&cgroup);
        if processes.is_empty() && groups.is_empty() && !directory.exists() {
            return Look::Done(());
        }
        Look::NotYet(format!("{processes:?} {groups:?} {}", directory.exists()))
    })
    .unwrap();
}

fn send(signal: Signal, process: u32) {
    kill(Pid::from_raw(process.try_into().unwrap()), signal).unwrap();
}

fn wrapper() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("isolated")
}

fn find_cgroups(name: &str) -> Vec<PathBuf> {
    let output = Command::new("find")
        .args(["/sys/fs/cgroup", "-type", "d", "-path", &format!("*/{name}*")])
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).lines().map(PathBuf::from).collect()
}

/// Processes whose command line contains `text`.
fn processes(text: &str) -> Vec<u32> {
    matching(|process| read(process, "cmdline").contains(text))
}

/// Processes of the isolated run that owns `cgroup`, and whose command line contains `text`.
fn with_cgroup(cgroup: &str, text: &str) -> Vec<u32> {
    matching(|process| {
        let command = read(process, "cmdline");
        let owned = command.contains(cgroup) || read(process, "environ").contains(cgroup);
        owned && command.contains(text)
    })
}

fn matching(wanted: impl Fn(u32) -> bool) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let all = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    all.filter(|process| wanted(*process)).collect()
}

fn read(process: u32, file: &str) -> String {
    let bytes = fs::read(format!("/proc/{process}/{file}")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
