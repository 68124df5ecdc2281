//! Another service that subscribed.

use async_nats::Subscriber as Messages;
use futures::StreamExt;
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};
use tests::harness::Berth;
use tokio::time::timeout;

/// How long it waits for one more message.
const QUIET: Duration = Duration::from_secs(3);

/// Listens to all events.
pub(crate) struct Subscriber {
    messages: Messages,
}

impl Subscriber {
    pub(crate) async fn start(berth: &Berth) -> Self {
        let client = berth.subscriber().await;
        let messages = client.subscribe("berth.v1.>").await.expect("subscribe");
        client.flush().await.expect("reach NATS");
        Self { messages }
    }

    /// Prints what came, and says whether every event of the history did.
    pub(crate) async fn received(&mut self, history: &[Value]) -> bool {
        let mut missing: BTreeSet<i64> =
            history.iter().filter_map(|event| event["position"].as_i64()).collect();
        let mut last = 0;
        let mut in_order = true;
        while let Ok(Some(message)) = timeout(QUIET, self.messages.next()).await {
            let event: Value = serde_json::from_slice(&message.payload).expect("JSON");
            let position = event["data"]["position"].as_i64().expect("a position");
            println!("    {position:>4} {}", message.subject);
            in_order &= position == last + 1;
            last = position;
            missing.remove(&position);
            if missing.is_empty() {
                break;
            }
        }
        println!("    in order: {in_order}; of the history missing: {missing:?}");
        in_order && missing.is_empty()
    }
}
