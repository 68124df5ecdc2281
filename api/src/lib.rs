#![doc = include_str!("../README.md")]

mod answer;
pub mod app;
pub mod auth;
mod body;
mod certificate;
pub mod config;
pub mod contracts;
mod cursor;
pub mod embedded;
pub mod headers;
pub mod http;
mod idempotency;
mod kubeconfig;
pub mod metrics;
pub mod openapi;
mod parameters;
pub mod problem;
pub mod readiness;
pub mod routes;
pub mod state;
pub mod streams;
pub mod telemetry;
mod words;
