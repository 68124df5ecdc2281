//! The nodes of all clusters.

pub mod query;
pub mod row;

use domain::node_observation::facts::State;

/// The word for a state, as the column has it.
fn state(state: State) -> &'static str {
    match state {
        State::Ready => "ready",
        State::NotReady => "not_ready",
        State::Down => "down",
        State::Unreachable => "unreachable",
        State::Unknown => "unknown",
    }
}
