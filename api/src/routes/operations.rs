//! What operators and their tools ask.

pub(super) mod asyncapi;
pub(super) mod event_schema;
pub(super) mod healthz;
pub(super) mod metrics;
pub(super) mod openapi;
pub(super) mod readyz;
