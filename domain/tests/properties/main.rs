//! What holds for every history, not only for those that somebody thought of.
//!
//! Each aggregate is given random commands, and random events in orders that no program ever wrote:
//! a log outlives the code that filled it, so folding must be total.
//!
//! **The rule for a repeat.** A command given again right away yields no event, or is refused: a
//! thing is created and removed once. The one exception is a report of a repair, since each repair
//! is a fact of its own.
#![expect(clippy::unwrap_used, reason = "an example that does not parse must stop the test")]

mod access;
mod certificate;
mod cluster;
mod examples;
mod image;
mod law;
mod node;
mod node_observation;
mod organization;
mod profile;
mod provider;
mod secret;
mod secret_observation;
mod texts;
mod workload;
mod workload_observation;
