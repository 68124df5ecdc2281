//! Waiting for what comes soon, with a deadline: the only place where a test sleeps.

use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a story waits for what should come at once.
pub const SOON: Duration = Duration::from_secs(60);
/// How long a story waits for a free connection.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

/// Asks again until there is an answer.
///
/// # Panics
/// When nothing came in time; the message says what was awaited.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + SOON;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {SOON:?} in vain: {what}");
        sleep(PAUSE).await;
    }
}
