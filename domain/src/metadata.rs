//! Who and what caused an event.

use crate::ids::{CommandId, CorrelationId, EventId, PrincipalId};
use serde::{Deserialize, Serialize};

/// Kept with every event. The fields stand in the order of the canonical JSON (RFC 8785).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Metadata {
    /// Who acted.
    pub actor: PrincipalId,
    /// The event that this one answers, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<EventId>,
    /// The command that made the event.
    pub command_id: CommandId,
    /// Joins everything that one cause set in motion.
    pub correlation_id: CorrelationId,
}
