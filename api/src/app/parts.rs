//! The read models, as `/readyz` asks them.

use crate::readiness::{Condition, Part, Said};
use adapters::postgres::EventFeed;
use domain::{Position, feed::Feed};
use projections::{
    Model,
    progress::Progress,
    status::{Active, Status, status},
};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::{
    collections::BTreeMap,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a read model may stand at one position with events before it: more than a runner gives
/// a batch until it begins it anew, so that this is not its ordinary cure.
const STANDING_MAX: Duration = Duration::from_secs(90);

/// Whether every read model follows the log, and what is parked.
pub(super) fn read_models(pool: PgPool, feed: EventFeed, progress: Arc<Progress>) -> Part {
    let standing = Arc::new(Mutex::new(Standing::default()));
    Part::new("read_models", move || {
        let (pool, feed, progress) = (pool.clone(), feed.clone(), Arc::clone(&progress));
        let standing = Arc::clone(&standing);
        Box::pin(async move { judge(&pool, &feed, &progress, &standing).await })
    })
}

async fn judge(
    pool: &PgPool,
    feed: &EventFeed,
    progress: &Progress,
    standing: &Mutex<Standing>,
) -> Said {
    let head = match feed.head().await {
        Ok(head) => head,
        Err(error) => return unknown(&error),
    };
    match status(pool, progress, head).await {
        Ok(all) => {
            let detail = all.iter().map(show).collect();
            let mut standing = standing.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let each = all.iter().map(|status| condition(status, standing.look(status, now)));
            (each.max().unwrap_or(Condition::Ready), detail)
        }
        Err(error) => unknown(&error),
    }
}

fn unknown(error: &dyn Error) -> Said {
    // Where PostgreSQL is says the log of the process, not an answer to anybody who asks.
    tracing::debug!(error = %error, "the read models could not be asked");
    (Condition::NotReady("PostgreSQL does not answer".to_owned()), Value::Null)
}

fn show(status: &Status) -> Value {
    let active = match status.active {
        Active::Here => "here",
        Active::Elsewhere => "elsewhere",
        Active::Nowhere => "nowhere",
    };
    json!({
        "name": status.model.to_string(), "position": status.position, "lag": status.lag,
        "stuck": status.stuck, "active": active,
    })
}

/// Since when read models are seen at one position with events before it. What nobody asks about is
/// not seen, so the time counts from one question to the next.
#[derive(Default)]
struct Standing(BTreeMap<Model, (Position, Instant)>);

impl Standing {
    /// How long a read model has not moved although it lags.
    fn look(&mut self, status: &Status, now: Instant) -> Duration {
        if status.lag == 0 {
            self.0.remove(&status.model);
            return Duration::ZERO;
        }
        let seen = self.0.entry(status.model).or_insert((status.position, now));
        if seen.0 != status.position {
            *seen = (status.position, now);
        }
        now.saturating_duration_since(seen.1)
    }
}

fn condition(status: &Status, standing: Duration) -> Condition {
    let model = status.model;
    if let Some(alarm) = &status.here.alarm {
        return Condition::Degraded(format!("{model} stopped: {alarm}"));
    }
    if status.stuck > 0 {
        let stuck = status.stuck;
        return Condition::Degraded(format!("{model} has {stuck} stuck events; rebuild it"));
    }
    if status.active == Active::Nowhere && status.here.error.is_some() {
        return Condition::Degraded(format!("{model} is kept by nobody at the moment"));
    }
    if standing > STANDING_MAX {
        let (lag, position, seconds) = (status.lag, status.position, standing.as_secs());
        return Condition::Degraded(format!(
            "{model} has stood at position {position} for {seconds} s, {lag} events behind the log"
        ));
    }
    Condition::Ready
}

#[cfg(test)]
mod tests {
    use super::*;
    use projections::progress::Here;

    fn at(position: i64, lag: i64) -> Status {
        let (model, active, here) = (Model::NodeList, Active::Elsewhere, Here::default());
        Status { model, position: Position(position), lag, stuck: 0, active, here }
    }

    #[test]
    fn a_read_model_that_lags_and_does_not_move_is_told_with_its_time() {
        let (mut standing, begin) = (Standing::default(), Instant::now());
        let mut said = |position: i64, lag: i64, seconds: u64| {
            let status = at(position, lag);
            let stood = standing.look(&status, begin + Duration::from_secs(seconds));
            condition(&status, stood)
        };
        assert_eq!(said(5, 0, 0), Condition::Ready);
        // Nobody asked for long; the event may have been recorded a moment ago.
        assert_eq!(said(5, 1, 1000), Condition::Ready);
        assert_eq!(said(5, 7, 1090), Condition::Ready);
        let told = "node_list has stood at position 5 for 91 s, 8 events behind the log";
        assert_eq!(said(5, 8, 1091), Condition::Degraded(told.to_owned()));
        // It moves, however far behind it is.
        assert_eq!(said(6, 900, 1092), Condition::Ready);
        assert_eq!(said(7, 900, 1500), Condition::Ready);
        assert_eq!(said(7, 0, 2000), Condition::Ready);
        assert_eq!(said(7, 1, 2100), Condition::Ready);
    }
}
