//! The main job on a real Swarm, before your eyes: `make demo`.
//!
//! Registers a three-node Swarm, enables it, labels one node, pauses another, compares what
//! `docker node inspect` says with the read model, and shows the history and what a NATS subscriber
//! received. Exits non-zero where they disagree.
#![expect(clippy::expect_used, reason = "a demonstration stops where it fails")]
#![expect(clippy::print_stdout, reason = "it is there to be read")]

mod compare;
mod show;
mod subscriber;

use reqwest::Method;
use serde_json::{Value, json};
use std::{process::ExitCode, time::Instant};
use subscriber::Subscriber;
use tests::{
    harness::{Berth, eventually},
    lab::Swarm,
};

#[tokio::main]
async fn main() -> ExitCode {
    let start = Instant::now();
    show::step("Bringing up a real Swarm of three nodes in network namespaces");
    let swarm = tokio::task::spawn_blocking(|| Swarm::start("demo", 3, 1))
        .await
        .expect("the thread")
        .expect("a Swarm; run this under tests/isolated, as `make demo` does");
    let folder = tempfile::tempdir().expect("a folder");
    show::step("Starting Berth with a private PostgreSQL and a private NATS");
    let berth = Berth::start(folder.path(), &[("BERTH_WORKER__SWEEP_INTERVAL_MS", "2000")]).await;
    let mut subscriber = Subscriber::start(&berth).await;

    show::step("POST /v1/providers: a provider with this Swarm as its cluster");
    let provider = berth.command(Method::POST, "/v1/providers", Some(&provider(&swarm))).await;
    println!("    {provider}");
    let id = provider["id"].as_str().expect("an id").to_owned();
    let base = format!("/v1/providers/{id}");

    show::step("POST …/enable: the worker may now look at it");
    let enabled = berth.command(Method::POST, &format!("{base}/enable"), None).await;
    let seen = format!("{base}/nodes?at_least={}", enabled["position"]);
    let nodes = eventually("all three nodes are registered", async || {
        let nodes = items(&berth.get(&seen).await);
        (nodes.len() == 3).then_some(nodes)
    })
    .await;
    show::nodes(&nodes);

    let (first, second) = (node_id(&nodes[0]), node_id(&nodes[1]));
    show::step("PUT …/labels/zone on one node, PUT …/availability pause on another");
    let label = format!("{base}/nodes/{first}/labels/zone");
    berth.command(Method::PUT, &label, Some(&json!({ "value": "paris" }))).await;
    let pause = format!("{base}/nodes/{second}/availability");
    berth.command(Method::PUT, &pause, Some(&json!({ "availability": "pause" }))).await;
    let nodes = eventually("the Swarm follows", async || {
        let nodes = items(&berth.get(&format!("{base}/nodes")).await);
        compare::follows(&nodes, &first, &second).then_some(nodes)
    })
    .await;
    show::nodes(&nodes);

    show::step("docker node inspect, beside the read model");
    let agree = compare::with_docker(&swarm, &nodes);
    show::step("GET …/history: who did what, newest first");
    let history = items(&berth.get(&format!("{base}/history?limit=50")).await);
    show::history(&history);
    show::step("What a NATS subscriber received");
    let complete = subscriber.received(&history).await;
    berth.stop().await;
    drop(swarm);
    println!("\nDone in {:.0?}.", start.elapsed());
    if agree && complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn provider(swarm: &Swarm) -> Value {
    json!({
        "name": "Paris", "kind": "swarm", "visibility": "public", "deployment_mode": "single",
        "comments": "the first one", "clusters": [{ "name": "paris-1", "url": swarm.url(0) }],
    })
}

fn items(list: &Value) -> Vec<Value> {
    list["items"].as_array().cloned().unwrap_or_default()
}

fn node_id(node: &Value) -> String {
    node["id"].as_str().expect("an id").to_owned()
}
