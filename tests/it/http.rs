//! The API, through real HTTP on a real database.

mod access;
mod bad_input;
mod commands;
mod contracts;
mod events;
mod outage;
mod reads;
mod repeats;
mod server;
mod versions;
mod who_may;
