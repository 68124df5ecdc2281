//! What crosses crates: the harness of the tests, and the real clusters they run against.

pub mod lab;
