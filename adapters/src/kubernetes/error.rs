//! What an API server's answer means: nobody there, refused, or somebody else was faster.

use crate::{addresses::Meaning, connector, shown};
use commands::ports::cluster::Error;
use kube::{Error as KubeError, core::Status};

const UNAUTHORIZED: u16 = 401;
const FORBIDDEN: u16 = 403;
const NOT_FOUND: u16 = 404;
const CONFLICT: u16 = 409;
const TOO_MANY: u16 = 429;
/// Why an eviction has to wait.
const BUDGET: &str = "DisruptionBudget";
/// What an API server calls it when it cannot decide now. A gate before it would not say so.
const BUSY: [&str; 4] = ["ServerTimeout", "ServiceUnavailable", "Timeout", "TooManyRequests"];
/// How it passes on that its own storage does not answer, with status 500.
const STORAGE: [&str; 3] = ["etcdserver:", "rpc error:", "context deadline exceeded"];
/// A gate without an API server behind it.
const NOBODY_THERE: [u16; 5] = [408, 429, 502, 503, 504];

impl Meaning for KubeError {
    fn is_answer(&self) -> bool {
        match self {
            Self::Api(status) => {
                let is_answer = !is_busy(status) && !is_nobody(status);
                status.code != UNAUTHORIZED && is_answer || of_budget(status).is_some()
            }
            _ => false,
        }
    }

    fn is_silence(&self) -> bool {
        match self {
            Self::Api(status) => is_nobody(status),
            other => connector::is_silence(other),
        }
    }

    fn is_unasked(&self) -> bool {
        connector::is_unasked(self)
    }

    fn of(self, tried: &'static str) -> Error {
        match self {
            Self::Api(status) => answered(tried, &status),
            Self::SerdeError(error) => {
                Error::ApiUnsupported(format!("its answer is not that of Kubernetes: {error}"))
            }
            other => connector::failed(tried, other),
        }
    }
}

/// Whether the API server says that it has no such object. A 404 of something else does not count.
pub(super) fn is_missing(error: &KubeError) -> bool {
    matches!(error, KubeError::Api(status)
        if status.code == NOT_FOUND && status.reason == "NotFound")
}

/// What the API server says of the disruption budget by which a pod may not be evicted now. To be
/// busy has the same status, but not this cause.
pub(super) fn budget(error: &KubeError) -> Option<String> {
    if let KubeError::Api(status) = error { of_budget(status) } else { None }
}

fn of_budget(status: &Status) -> Option<String> {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let cause = causes.into_iter().find(|cause| cause.reason == BUDGET)?;
    let whole = format!("{} {}", status.message, cause.message);
    (status.code == TOO_MANY).then(|| shown::words(&whole, status.code))
}

/// Whether the API server says that the name of a new object is taken.
pub(super) fn is_taken(error: &KubeError) -> bool {
    matches!(error, KubeError::Api(status)
        if status.code == CONFLICT && status.reason == "AlreadyExists")
}

/// What a refusal in an answer, or in a watch, means.
pub(super) fn answered(tried: &'static str, status: &Status) -> Error {
    let words = shown::words(&status.message, status.code);
    match status.code {
        UNAUTHORIZED => Error::CredentialsRejected { tried, words },
        FORBIDDEN => Error::PermissionMissing { tried, words },
        CONFLICT if status.reason == "Conflict" => Error::Overtaken { tried },
        _ if is_busy(status) => Error::ControlPlaneUnavailable { tried, words },
        _ if is_nobody(status) => Error::Unreachable { tried, source: words.into() },
        _ => Error::Refused { tried, words },
    }
}

fn is_busy(status: &Status) -> bool {
    let storage = || STORAGE.iter().any(|words| status.message.contains(words));
    BUSY.contains(&status.reason.as_str()) || (status.code == 500 && storage())
}

fn is_nobody(status: &Status) -> bool {
    NOBODY_THERE.contains(&status.code) && !is_busy(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(code: u16, reason: &str, message: &str) -> Error {
        KubeError::Api(Box::new(Status::failure(message, reason).with_code(code)))
            .of("change the node")
    }

    #[test]
    fn a_conflict_is_no_refusal() {
        let words = "Operation cannot be fulfilled on nodes \"n\": the object has been modified";
        assert!(matches!(from(409, "Conflict", words), Error::Overtaken { .. }));
        assert!(matches!(from(409, "AlreadyExists", words), Error::Refused { .. }));
    }

    #[test]
    fn who_is_not_known_is_told_from_who_may_not() {
        assert!(matches!(from(401, "Unauthorized", ""), Error::CredentialsRejected { .. }));
        let words = "nodes \"n\" is forbidden: User \"berth\" cannot patch resource \"nodes\"";
        let Error::PermissionMissing { words: kept, .. } = from(403, "Forbidden", words) else {
            panic!()
        };
        assert_eq!(kept, words);
    }

    #[test]
    fn a_busy_api_server_is_told_from_a_gate_without_one() {
        let is_busy = |error| matches!(error, Error::ControlPlaneUnavailable { .. });
        assert!(is_busy(from(503, "ServiceUnavailable", "not ready")));
        assert!(is_busy(from(500, "InternalError", "etcdserver: leader changed")));
        assert!(is_busy(from(429, "TooManyRequests", "try again")));
        let gate = from(503, "Failed to parse error data", "<html>");
        assert!(matches!(gate, Error::Unreachable { .. }));
    }

    #[test]
    fn a_disruption_budget_is_told_from_a_busy_api_server() {
        let refused = |reason: &str| {
            let message = "Cannot evict pod as it would violate the pod's disruption budget.";
            let cause = serde_json::json!({
                "reason": reason, "message": "The disruption budget web needs 2 healthy pods",
            });
            let status: Status = serde_json::from_value(serde_json::json!({
                "status": "Failure", "code": 429, "reason": "TooManyRequests", "message": message,
                "details": {"causes": [cause]},
            }))
            .unwrap();
            KubeError::Api(Box::new(status))
        };
        let words = budget(&refused(BUDGET)).unwrap();
        assert!(words.ends_with("budget. The disruption budget web needs 2 healthy pods"));
        assert!(refused(BUDGET).is_answer());
        assert_eq!(budget(&refused("Other")), None);
        assert!(!refused("Other").is_answer());
    }

    #[test]
    fn a_refusal_keeps_the_words_of_the_cluster() {
        let words = "admission webhook \"gate\" denied the request: nodes are frozen";
        let Error::Refused { words: kept, .. } = from(400, "BadRequest", words) else { panic!() };
        assert_eq!(kept, words);
        let Error::Refused { words, .. } = from(422, "Invalid", "") else { panic!() };
        assert_eq!(words, "HTTP status 422");
    }

    #[test]
    fn only_the_api_server_can_say_that_a_node_is_gone() {
        let missing = |code, reason: &str| {
            is_missing(&KubeError::Api(Box::new(Status::failure("", reason).with_code(code))))
        };
        assert!(missing(404, "NotFound"));
        assert!(!missing(404, "Failed to parse error data"));
        assert!(!missing(403, "Forbidden"));
    }
}
