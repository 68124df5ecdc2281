//! The API, through real HTTP on a real database.

mod access;
mod bad_access;
mod bad_input;
mod bad_profiles;
mod bad_settings;
mod commands;
mod contracts;
mod events;
mod history;
mod images;
mod organizations;
mod outage;
mod profiles;
mod provider_list;
mod provider_settings;
mod provider_users;
mod reads;
mod repeats;
mod roles;
mod server;
mod stream;
mod tenant;
mod versions;
mod who_may;
mod workloads;
