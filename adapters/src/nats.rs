//! NATS: the relay that publishes the log, and the hints that wake the worker.
//!
//! `JetStream` is a cache of the log, never the log. Whatever the broker loses, forgets or is
//! restored to, the relay finds out from the stream itself and makes it what the log says; where it
//! cannot, it stops and raises an alarm. Nothing is taken from the broker as data: what comes back
//! is a stream's id and nothing else.
//!
//! What an account needs on an existing server:
//!
//! | who | may publish to | may subscribe to |
//! | --- | --- | --- |
//! | relay | `berth.v1.>`, `$JS.API.STREAM.{INFO,CREATE,UPDATE,MSG.GET}.BERTH_EVENTS` | `_INBOX.>` |
//! | worker | `$JS.API.STREAM.INFO.BERTH_EVENTS`, `$JS.API.CONSUMER.>`, `$JS.ACK.BERTH_EVENTS.>` | `_INBOX.>` |

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
