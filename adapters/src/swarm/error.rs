//! What an engine's answer means: nobody there, refused, or somebody else was faster.
//!
//! Swarm's managers speak gRPC among themselves, and the engine turns most of their refusals into
//! status 500. So the text decides where the status does not.

use crate::{addresses::Meaning, connector, shown};
use bollard::errors::Error as DockerError;
use commands::ports::cluster::Error;

/// What an engine says when a version is stale, with status 500.
const STALE: &str = "update out of sequence";
/// What a manager says when the managers did not agree in time, or have none to lead them, with
/// status 500.
const UNDECIDED: [&str; 4] =
    ["deadline exceeded", "DeadlineExceeded", "context canceled", "does not have a leader"];
/// A control plane without leader, or a node that is no manager.
const NO_CONTROL_PLANE: u16 = 503;
/// A gate without an engine behind it.
const NOBODY_THERE: [u16; 4] = [408, 429, 502, 504];
/// Nobody we are known as.
const UNAUTHORIZED: u16 = 401;
/// Something else has that name.
const TAKEN: u16 = 409;
/// Known, and not permitted.
const FORBIDDEN: u16 = 403;

impl Meaning for DockerError {
    fn is_answer(&self) -> bool {
        match self {
            Self::DockerResponseServerError { status_code, message } => {
                !NOBODY_THERE.contains(status_code)
                    && *status_code != UNAUTHORIZED
                    && !is_without_control_plane(*status_code, message)
            }
            _ => false,
        }
    }

    fn is_silence(&self) -> bool {
        match self {
            Self::DockerResponseServerError { status_code, .. } => {
                NOBODY_THERE.contains(status_code)
            }
            other => connector::is_silence(other),
        }
    }

    fn is_unasked(&self) -> bool {
        connector::is_unasked(self)
    }

    fn of(self, tried: &'static str) -> Error {
        match self {
            Self::DockerResponseServerError { status_code, message } => {
                answered(tried, status_code, &message)
            }
            Self::JsonDataError { message, .. } => {
                Error::ApiUnsupported(format!("its answer is not a Docker engine's: {message}"))
            }
            other => connector::failed(tried, other),
        }
    }
}

/// Whether the engine says that it lists no such node. A 404 of something else does not count.
pub(super) fn is_missing_node(error: &DockerError) -> bool {
    matches!(error, DockerError::DockerResponseServerError { status_code: 404, message }
        if message.contains("node ") && message.trim_end().ends_with("not found"))
}

/// Whether the engine says that it lists no such service. A 404 of something else does not count.
pub(super) fn is_missing_service(error: &DockerError) -> bool {
    matches!(error, DockerError::DockerResponseServerError { status_code: 404, message }
        if message.contains("service ") && message.trim_end().ends_with("not found"))
}

/// Whether the engine says that it lists no such secret. A 404 of something else does not count.
pub(super) fn is_missing_secret(error: &DockerError) -> bool {
    matches!(error, DockerError::DockerResponseServerError { status_code: 404, message }
        if message.contains("secret ") && message.trim_end().ends_with("not found"))
}

/// Whether the engine says that the name of something new is taken.
pub(super) fn is_taken(error: &DockerError) -> bool {
    matches!(error, DockerError::DockerResponseServerError { status_code: TAKEN, .. })
}

fn answered(tried: &'static str, status: u16, message: &str) -> Error {
    let words = shown::words(message, status);
    if words.contains(STALE) {
        return Error::Overtaken { tried };
    }
    if is_without_control_plane(status, &words) {
        return Error::ControlPlaneUnavailable { tried, words };
    }
    match status {
        UNAUTHORIZED => Error::CredentialsRejected { tried, words },
        FORBIDDEN => Error::PermissionMissing { tried, words },
        _ if NOBODY_THERE.contains(&status) => Error::Unreachable { tried, source: words.into() },
        _ => Error::Refused { tried, words },
    }
}

fn is_without_control_plane(status: u16, words: &str) -> bool {
    let is_undecided = status >= 500 && UNDECIDED.iter().any(|said| words.contains(said));
    is_undecided || status == NO_CONTROL_PLANE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(status_code: u16, message: &str) -> Error {
        let message = message.to_owned();
        DockerError::DockerResponseServerError { status_code, message }.of("change the node")
    }

    #[test]
    fn a_stale_version_is_no_refusal() {
        let stale = from(500, "rpc error: code = Unknown desc = update out of sequence");
        assert!(matches!(stale, Error::Overtaken { tried: "change the node" }));
    }

    #[test]
    fn a_control_plane_that_cannot_decide_is_no_silence() {
        let is_without = |error| matches!(error, Error::ControlPlaneUnavailable { .. });
        let without_leader = "rpc error: code = Unknown desc = The swarm does not have a leader.";
        assert!(is_without(from(503, without_leader)));
        assert!(is_without(from(500, without_leader)), "as releases up to 20.10 say it");
        assert!(is_without(from(503, "This node is not a swarm manager.")));
        let late = "rpc error: code = DeadlineExceeded desc = context deadline exceeded";
        assert!(is_without(from(500, late)));
        assert!(matches!(from(502, "no engine"), Error::Unreachable { .. }));
    }

    #[test]
    fn a_refusal_keeps_the_engines_words() {
        let forbidden = from(403, "authorization denied by plugin gate: nodes are frozen\n");
        let Error::PermissionMissing { words, .. } = forbidden else { panic!("{forbidden}") };
        assert_eq!(words, "authorization denied by plugin gate: nodes are frozen");
        assert!(matches!(from(401, "who are you"), Error::CredentialsRejected { .. }));
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
