#![doc = include_str!("../README.md")]

pub mod event_json;
pub mod postgres;
