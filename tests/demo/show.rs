//! Tables for people.

use serde_json::Value;

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
        let mut data = event["data"].to_string();
        if data.chars().count() > 90 {
            data = data.chars().take(89).chain(['…']).collect();
        }
        println!(
            "    {:>4} {} {:<24} {data}",
            event["position"],
            text(&event["recorded_at"]),
            text(&event["type"])
        );
    }
}
