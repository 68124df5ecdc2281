//! Whether the parts of this process work, for `/readyz`.
//!
//! A part that is *degraded* needs somebody to act, but requests are still answered: a parked event
//! makes one row stale, a broker that is away delays subscribers. Only a part without which nothing
//! can be answered makes the process *not ready*, so that a balancer does not empty itself over a
//! note.

use adapters::nats::health::{Health, Report};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::fmt;
use tokio::sync::watch;

/// How a part is. Ordered: what is later in the list is worse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// It works.
    Ready,
    /// It needs somebody to act; requests are still answered.
    Degraded(String),
    /// Without it requests cannot be answered.
    NotReady(String),
}

impl Condition {
    /// The word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Degraded(_) => "degraded",
            Self::NotReady(_) => "not_ready",
        }
    }

    /// Why it is not ready.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Ready => None,
            Self::Degraded(reason) | Self::NotReady(reason) => Some(reason),
        }
    }
}

/// What a part says of itself: how it is, and more about it where there is more.
pub type Said = (Condition, Value);

/// A part of Berth, and how to ask it.
pub struct Part {
    /// What it is called: `postgres`, `read_models`, `relay`.
    pub name: &'static str,
    ask: Box<dyn Fn() -> BoxFuture<'static, Said> + Send + Sync>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Part {
    /// A part that is asked by `ask`.
    pub fn new(
        name: &'static str,
        ask: impl Fn() -> BoxFuture<'static, Said> + Send + Sync + 'static,
    ) -> Self {
        Self { name, ask: Box::new(ask) }
    }

    pub(crate) fn ask(&self) -> BoxFuture<'static, Said> {
        (self.ask)()
    }

    /// PostgreSQL: whether it answers.
    #[must_use]
    pub fn postgres(pool: PgPool) -> Self {
        Self::new("postgres", move || {
            let pool = pool.clone();
            Box::pin(async move {
                let condition = match sqlx::query("SELECT 1").execute(&pool).await {
                    Ok(_) => Condition::Ready,
                    Err(error) => {
                        // What PostgreSQL says names no secret; where it is says the log.
                        tracing::debug!(error = %error, "PostgreSQL did not answer /readyz");
                        Condition::NotReady("PostgreSQL does not answer".to_owned())
                    }
                };
                (condition, Value::Null)
            })
        })
    }

    /// The relay: whether events flow to NATS.
    #[must_use]
    pub fn relay(reports: watch::Receiver<Report>) -> Self {
        Self::new("relay", move || {
            let Report { health, published } = reports.borrow().clone();
            let detail = json!({ "health": health.word(), "published": published.0 });
            let condition = match health {
                Health::Standby | Health::Publishing => Condition::Ready,
                Health::Starting => Condition::Degraded("it looks for its place".to_owned()),
                Health::BrokerUnreachable(reason) | Health::LogUnreachable(reason) => {
                    Condition::Degraded(reason)
                }
                Health::Alarm(alarm) => Condition::Degraded(alarm.to_string()),
            };
            Box::pin(async move { (condition, detail) })
        })
    }
}
