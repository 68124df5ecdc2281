//! The parts that `/readyz` asks.

use crate::state::{NotReady, Part};
use adapters::{nats::health::Report, postgres::EventFeed};
use domain::{Position, feed::Feed};
use projections::{
    progress::Progress,
    status::{Active, Status, status},
};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::{error::Error, sync::Arc};
use tokio::sync::watch;

pub(super) fn postgres(feed: EventFeed) -> Part {
    Part {
        name: "postgres",
        ask: Box::new(move || {
            let feed = feed.clone();
            Box::pin(async move {
                let head = feed.head().await.map_err(|error| not_ready(&error))?;
                Ok(json!({ "position": head }))
            })
        }),
    }
}

pub(super) fn read_models(pool: PgPool, feed: EventFeed, progress: Arc<Progress>) -> Part {
    Part {
        name: "read_models",
        ask: Box::new(move || {
            let (pool, feed, progress) = (pool.clone(), feed.clone(), Arc::clone(&progress));
            Box::pin(async move {
                let head = feed.head().await.map_err(|error| not_ready(&error))?;
                judge(&pool, &progress, head).await
            })
        }),
    }
}

async fn judge(pool: &PgPool, progress: &Progress, head: Position) -> Result<Value, NotReady> {
    let all = status(pool, progress, head).await.map_err(|error| not_ready(&error))?;
    let detail: Value = all.iter().map(show).collect();
    match all.iter().find_map(trouble) {
        Some(reason) => Err(NotReady { reason, detail }),
        None => Ok(detail),
    }
}

fn show(status: &Status) -> Value {
    let active = match status.active {
        Active::Here => "here",
        Active::Elsewhere => "elsewhere",
        Active::Nowhere => "nowhere",
    };
    json!({
        "name": status.model.to_string(), "position": status.position, "lag": status.lag,
        "stuck": status.stuck, "active": active, "error": status.here.error,
    })
}

fn trouble(status: &Status) -> Option<String> {
    let model = status.model;
    if let Some(alarm) = &status.here.alarm {
        return Some(format!("{model} stopped: {alarm}"));
    }
    if status.stuck > 0 {
        let stuck = status.stuck;
        return Some(format!("{model} has {stuck} stuck events; the cure is a rebuild"));
    }
    let failing = status.active == Active::Nowhere && status.here.error.is_some();
    failing.then(|| format!("{model} is kept by nobody at the moment"))
}

pub(super) fn relay(reports: watch::Receiver<Report>) -> Part {
    Part {
        name: "relay",
        ask: Box::new(move || {
            let report = reports.borrow().clone();
            Box::pin(async move {
                let health = &report.health;
                let detail = json!({ "state": health.word(), "published": report.published });
                if health.is_ready() {
                    return Ok(detail);
                }
                Err(NotReady { reason: words(health), detail })
            })
        }),
    }
}

fn words(health: &adapters::nats::health::Health) -> String {
    use adapters::nats::health::Health;
    match health {
        Health::Standby | Health::Starting | Health::Publishing => health.word().to_owned(),
        Health::BrokerUnreachable(words) => format!("NATS does not answer: {words}"),
        Health::LogUnreachable(words) => format!("PostgreSQL does not answer: {words}"),
        Health::Alarm(alarm) => alarm.to_string(),
    }
}

fn not_ready(error: &dyn Error) -> NotReady {
    NotReady { reason: format!("PostgreSQL does not answer: {error}"), detail: Value::Null }
}
