//! What an engine's answer means: nobody there, refused, or somebody else was faster.
//!
//! Swarm's managers speak gRPC among themselves, and the engine turns most of their refusals into
//! status 500. So the text decides where the status does not.

use bollard::errors::Error as DockerError;
use commands::ports::cluster::Error;

/// What an engine says when a version is stale, with status 500.
const STALE: &str = "update out of sequence";
/// What a manager says when the managers did not agree in time, with status 500.
const LATE: [&str; 3] = ["deadline exceeded", "DeadlineExceeded", "context canceled"];
/// A control plane without leader, a node that is no manager, a gate without an engine behind it.
const NOBODY_THERE: [u16; 5] = [408, 429, 502, 503, 504];
/// The longest words kept, in characters.
const WORDS_CHARACTERS_MAX: usize = 1000;

/// What a failed call means.
pub(super) fn of(tried: &'static str, error: DockerError) -> Error {
    match error {
        DockerError::DockerResponseServerError { status_code, message } => {
            answered(tried, status_code, &message)
        }
        DockerError::JsonDataError { message, .. } => {
            Error::Unsupported(format!("its answer is not a Docker engine's: {message}"))
        }
        other => Error::Unreachable { tried, source: Box::new(other) },
    }
}

/// Whether an engine answered that may answer; another manager of its Swarm would say the same.
pub(super) fn is_answer(error: &DockerError) -> bool {
    match error {
        DockerError::DockerResponseServerError { status_code, message } => {
            !is_nobody_there(*status_code, message)
        }
        _ => false,
    }
}

/// Whether the engine says that it lists no such node. A 404 of something else does not count.
pub(super) fn is_missing_node(error: &DockerError) -> bool {
    matches!(error, DockerError::DockerResponseServerError { status_code: 404, message }
        if message.contains("node ") && message.trim_end().ends_with("not found"))
}

fn answered(tried: &'static str, status: u16, message: &str) -> Error {
    let words: String = message.trim().chars().take(WORDS_CHARACTERS_MAX).collect();
    let words = if words.is_empty() { format!("HTTP status {status}") } else { words };
    if words.contains(STALE) {
        return Error::Overtaken { tried };
    }
    if is_nobody_there(status, &words) {
        return Error::Unreachable { tried, source: words.into() };
    }
    Error::Refused { tried, words }
}

fn is_nobody_there(status: u16, words: &str) -> bool {
    let is_late = status >= 500 && LATE.iter().any(|late| words.contains(late));
    is_late || NOBODY_THERE.contains(&status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(status_code: u16, message: &str) -> Error {
        let message = message.to_owned();
        of("change the node", DockerError::DockerResponseServerError { status_code, message })
    }

    #[test]
    fn a_stale_version_is_no_refusal() {
        let stale = from(500, "rpc error: code = Unknown desc = update out of sequence");
        assert!(matches!(stale, Error::Overtaken { tried: "change the node" }));
    }

    #[test]
    fn a_control_plane_that_cannot_decide_is_out_of_reach() {
        let without_leader = "rpc error: code = Unknown desc = The swarm does not have a leader.";
        assert!(matches!(from(503, without_leader), Error::Unreachable { .. }));
        let no_manager = from(503, "This node is not a swarm manager.");
        assert!(matches!(no_manager, Error::Unreachable { .. }));
        let late = from(500, "rpc error: code = DeadlineExceeded desc = context deadline exceeded");
        assert!(matches!(late, Error::Unreachable { .. }));
    }

    #[test]
    fn a_refusal_keeps_the_engines_words() {
        let refused = from(403, "authorization denied by plugin gate: nodes are frozen\n");
        let Error::Refused { words, .. } = refused else { panic!("{refused}") };
        assert_eq!(words, "authorization denied by plugin gate: nodes are frozen");
        let Error::Refused { words, .. } = from(400, "") else { panic!() };
        assert_eq!(words, "HTTP status 400");
    }

    #[test]
    fn only_the_engine_can_say_that_a_node_is_gone() {
        let missing = |status_code, message: &str| {
            let message = message.to_owned();
            is_missing_node(&DockerError::DockerResponseServerError { status_code, message })
        };
        assert!(missing(404, "node x1 not found"));
        assert!(!missing(404, "page not found"));
        assert!(!missing(403, "node x1 not found"));
    }
}
