//! Which providers there are.

pub mod query;
pub mod row;

use domain::provider::{Kind, Visibility};

/// The word for a kind, as the column has it.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Swarm => "swarm",
        Kind::Kubernetes => "kubernetes",
    }
}

/// The word for a visibility, as the column has it.
fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Private => "private",
    }
}
