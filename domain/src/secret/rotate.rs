//! `RotateSecret`: another value under the same name.

use super::{Event, Known};
use crate::{change::Change, ids::ProviderId, kept::Kept};
use serde::{Deserialize, Serialize};

/// A secret has another value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rotated {
    /// The provider it belongs to.
    pub provider_id: ProviderId,
    /// Before and after.
    pub value: Change<Kept>,
}

pub(super) fn decide(secret: &Known, value: Kept) -> Vec<Event> {
    // The fingerprint alone: the same value, brought again, is in the vault as another version.
    if secret.value.fingerprint == value.fingerprint {
        return vec![];
    }
    let value = Change { after: value, before: secret.value.clone() };
    vec![Event::Rotated(Rotated { provider_id: secret.provider, value })]
}

#[cfg(test)]
mod tests {
    use crate::{
        kept::Kept,
        secret::{Command, Error, Secret},
        testing::{given, secret},
    };

    #[test]
    fn another_value_is_another_version() {
        given::<Secret>([secret::created("db", 1)])
            .when(Command::Rotate(secret::value(2)))
            .then([secret::rotated(1, 2)]);
    }

    #[test]
    fn the_same_value_is_no_rotation_whatever_its_version() {
        let again = Kept { version: 2, ..secret::value(1) };
        given::<Secret>([secret::created("db", 1)]).when(Command::Rotate(again)).then([]);
    }

    #[test]
    fn an_earlier_value_is_a_rotation_too() {
        let back = Kept { version: 3, ..secret::value(1) };
        let history = [secret::created("db", 1), secret::rotated(1, 2)];
        let expected = secret::rotated_to(2, back.clone());
        given::<Secret>(history).when(Command::Rotate(back)).then([expected]);
    }

    #[test]
    fn an_unknown_or_removed_secret_is_not_rotated() {
        let rotate = || Command::Rotate(secret::value(2));
        given::<Secret>([]).when(rotate()).then_refused(Error::NotFound);
        given::<Secret>([secret::created("db", 1), secret::removed("db")])
            .when(rotate())
            .then_refused(Error::Removed);
    }
}
