//! Words that many stories use.

use commands::{Request, provider::create::CreateProvider};
use domain::{
    Version,
    ids::{CommandId, CorrelationId, PrincipalId, ProviderId},
    metadata::Metadata,
    provider::{DeploymentMode, Kind, Visibility, create::Create},
    testing::{cluster, name},
};
use uuid::Uuid;

/// Somebody's request, not to be repeated.
pub(crate) fn request() -> Request {
    request_of(CommandId(Uuid::now_v7()))
}

/// A request with a command id of its own.
pub(crate) fn request_of(command_id: CommandId) -> Request {
    Request {
        metadata: Metadata {
            actor: PrincipalId(Uuid::from_u128(7)),
            causation_id: None,
            command_id,
            correlation_id: CorrelationId(command_id.0),
        },
        digest: [1; 32],
        expected: None,
        repeatable: true,
    }
}

/// The same, for who has seen a version.
pub(crate) fn request_at(version: i64) -> Request {
    Request { expected: Some(Version(version)), ..request() }
}

/// `CreateProvider` with one cluster.
pub(crate) fn create_provider(id: ProviderId, called: &str) -> CreateProvider {
    CreateProvider {
        id,
        create: Create {
            name: name(called),
            kind: Kind::Swarm,
            visibility: Visibility::Public,
            deployment_mode: DeploymentMode::Single,
            comments: String::new(),
            clusters: vec![cluster(1)],
        },
        access: std::collections::BTreeMap::new(),
    }
}
