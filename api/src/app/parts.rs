//! The read models, as `/readyz` asks them.

use crate::readiness::{Condition, Part, Said};
use adapters::postgres::EventFeed;
use domain::feed::Feed;
use projections::{
    progress::Progress,
    status::{Active, Status, status},
};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::{error::Error, sync::Arc};

/// Whether every read model follows the log, and what is parked.
pub(super) fn read_models(pool: PgPool, feed: EventFeed, progress: Arc<Progress>) -> Part {
    Part::new("read_models", move || {
        let (pool, feed, progress) = (pool.clone(), feed.clone(), Arc::clone(&progress));
        Box::pin(async move { judge(&pool, &feed, &progress).await })
    })
}

async fn judge(pool: &PgPool, feed: &EventFeed, progress: &Progress) -> Said {
    let head = match feed.head().await {
        Ok(head) => head,
        Err(error) => return unknown(&error),
    };
    match status(pool, progress, head).await {
        Ok(all) => {
            let detail = all.iter().map(show).collect();
            let worst = all.iter().map(condition).max().unwrap_or(Condition::Ready);
            (worst, detail)
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

fn condition(status: &Status) -> Condition {
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
    Condition::Ready
}
