//! The read models against real PostgreSQL, fed by a script: a log that can be told to go wrong.

mod certificates;
mod connectivity;
mod drains;
mod images;
mod live;
mod queries;
mod rebuild;
mod registries;
mod removed;
mod runner;
mod script;
mod secrets;
mod stuck;
mod table;
mod workloads;
