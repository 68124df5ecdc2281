//! Where Berth may be sent to.

use domain::outbound::Rules;
use serde::{Deserialize, Serialize};

use super::{Error, invalid};

/// Networks that clusters may and may not be in.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Outbound {
    /// Networks that no cluster may be in, separated by commas.
    pub refused: String,
    /// Networks that clusters may be in although they are refused.
    pub allowed: String,
}

impl Outbound {
    /// The rules.
    pub fn rules(&self) -> Result<Rules, Error> {
        let rule = "networks separated by commas, such as 169.254.0.0/16, fe80::/10";
        Rules::parse("", &self.allowed).map_err(|_| invalid("outbound.allowed", rule))?;
        Rules::parse(&self.refused, &self.allowed).map_err(|_| invalid("outbound.refused", rule))
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        self.rules().map(drop)
    }
}
