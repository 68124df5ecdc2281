//! Tables for people.

use serde_json::Value;

/// Characters shown of the data of an event.
const BRIEF: usize = 90;

/// Says what comes next.
pub(crate) fn step(text: &str) {
    println!("\n▸ {text}");
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// One line a node.
pub(crate) fn nodes(nodes: &[Value]) {
    println!(
        "    {:<12} {:<16} {:<8} {:<12} {:<14} labels",
        "name", "address", "state", "availability", "reachability"
    );
    for node in nodes {
        println!(
            "    {:<12} {:<16} {:<8} {:<12} {:<14} {}",
            text(&node["name"]),
            text(&node["address"]),
            text(&node["state"]),
            text(&node["availability"]),
            text(&node["reachability"]),
            node["labels"],
        );
    }
}

/// One line an event.
pub(crate) fn history(events: &[Value]) {
    for event in events {
        let data = brief(&event["data"]);
        println!(
            "    {:>4}  {}  {:<24} {data}",
            event["position"],
            text(&event["recorded_at"]),
            text(&event["type"])
        );
    }
}

/// The data without the ids of provider and cluster, which are the same in every line; cut.
fn brief(data: &Value) -> String {
    let mut data = data.clone();
    if let Some(fields) = data.as_object_mut() {
        fields.remove("provider_id");
        fields.remove("cluster_id");
    }
    let text = data.to_string();
    if text.chars().count() <= BRIEF {
        text
    } else {
        text.chars().take(BRIEF).chain(['…']).collect()
    }
}
