//! NATS: the relay that publishes the log, and the hints that wake the worker.
//!
//! `JetStream` is a cache of the log, never the log. Whatever the broker loses, forgets or is
//! restored to, the relay finds out from the stream itself and makes it what the log says; where it
//! cannot, it stops and raises an alarm. Nothing is taken from the broker as data: what comes back
//! is a stream's id and nothing else.
//!
//! What an account needs on an existing server, beside `_INBOX.>` to subscribe to:
//!
//! | who | may publish to |
//! | --- | --- |
//! | relay | `berth.v1.>`, `$JS.API.STREAM.*.BERTH_EVENTS`, `$JS.API.STREAM.MSG.GET.BERTH_EVENTS` |
//! | worker | `$JS.API.STREAM.INFO.BERTH_EVENTS`, `$JS.ACK.>`, `$JS.API.CONSUMER.>` |

pub mod broker;
pub mod cloud_event;
pub mod connect;
pub mod health;
pub mod hint;
mod interruption;
pub mod memory;
pub mod place;
mod publish;
pub mod relay;
pub mod stream;
