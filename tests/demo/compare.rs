//! Whether the read model says what the engine says.

use serde_json::Value;
use tests::lab::Swarm;

/// Whether the label and the pause are on the nodes, as the read model has them.
pub(crate) fn follows(nodes: &[Value], labeled: &str, paused: &str) -> bool {
    nodes.iter().all(|node| {
        let label = node["id"] != labeled || node["labels"]["zone"] == "paris";
        let pause = node["id"] != paused || node["availability"] == "pause";
        label && pause
    })
}

/// Compares each node with `docker node inspect`, and prints both.
pub(crate) fn with_docker(swarm: &Swarm, nodes: &[Value]) -> bool {
    let mut agree = true;
    for (index, engine) in swarm.engines().iter().enumerate() {
        let id = engine.node_id.clone();
        let output = swarm.docker(0, &["node", "inspect", &id]).expect("docker node inspect");
        let inspected: Value = serde_json::from_str(&output).expect("JSON of the engine");
        let there = &inspected[0];
        let Some(node) = nodes.iter().find(|node| node["native_id"] == id) else {
            println!("    engine {index}: NOT in the read model");
            agree = false;
            continue;
        };
        let pairs = [
            ("name", &there["Description"]["Hostname"], &node["name"]),
            ("availability", &there["Spec"]["Availability"], &node["availability"]),
            ("labels", &there["Spec"]["Labels"], &node["labels"]),
            ("state", &there["Status"]["State"], &node["state"]),
        ];
        for (what, docker, berth) in pairs {
            let same = docker == berth;
            let verdict = if same { "agree" } else { "DISAGREE" };
            println!("    {what:<13} docker {docker:<22} berth {berth:<22} {verdict}");
            agree &= same;
        }
    }
    agree
}
