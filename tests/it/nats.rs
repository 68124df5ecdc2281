//! The log on NATS: each event once and in order, or an alarm, whatever becomes of relay or broker.

mod alarms;
mod broker;
mod flow;
mod foreign;
mod hints;
mod killed;
mod stage;
