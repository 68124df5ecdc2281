//! Stories that need PostgreSQL, NATS or HTTP; one file a story.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story stops where it fails")]

mod append;
mod canary;
mod certificates;
mod http;
mod long_streams;
mod nats;
mod oidc;
mod outbound;
mod queue;
mod read_models;
mod repeat;
mod running;
mod serve;
mod start;
mod story;
mod tags;
mod under_fire;
mod vault;
