//! `NoteExpiry`: the end of a certificate is near. Recorded once for each warning, the nearest one
//! only: a certificate imported with five days left is not warned of thirty.

use super::{Event, Imported, sorted};
use crate::{ids::ProviderId, timestamp::Timestamp};
use serde::{Deserialize, Serialize};

/// Days before its end at which a certificate is warned of, the last first.
pub const WARNINGS_DAYS: [u16; 4] = [1, 7, 14, 30];

/// Looks at a certificate at a moment.
#[derive(Clone, Debug)]
pub struct NoteExpiry {
    /// The moment.
    pub now: Timestamp,
    /// The providers whose clusters use the certificate.
    pub providers: Vec<ProviderId>,
}

/// A certificate ends soon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Expiring {
    /// Which warning it is: at most this many days are left.
    pub days_left: u16,
    /// The last moment at which it is valid.
    pub not_after: Timestamp,
    /// The providers whose clusters used it then.
    pub provider_ids: Vec<ProviderId>,
}

/// The warning that is due at a moment, if one is.
#[must_use]
pub fn warning(not_after: Timestamp, now: Timestamp) -> Option<u16> {
    let left = not_after.moment() - now.moment();
    WARNINGS_DAYS.into_iter().find(|days| left <= time::Duration::days(i64::from(*days)))
}

pub(super) fn decide(certificate: &Imported, note: NoteExpiry) -> Vec<Event> {
    let not_after = certificate.material.not_after;
    match warning(not_after, note.now) {
        Some(days_left) if certificate.warned.is_none_or(|last| days_left < last) => {
            let provider_ids = sorted(note.providers);
            vec![Event::Expiring(Expiring { days_left, not_after, provider_ids })]
        }
        Some(_) | None => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        certificate::{Certificate, Command, Error},
        testing::{
            certificates::{
                certificate_expiring, certificate_imported, certificate_removed,
                certificate_replaced, material,
            },
            given, place,
        },
    };

    /// So long before the end of the first example.
    fn before(left: time::Duration) -> Command {
        let now = Timestamp::new(material(1).not_after.moment() - left);
        Command::NoteExpiry(NoteExpiry { now, providers: vec![place().provider] })
    }

    fn days(days: i64) -> time::Duration {
        time::Duration::days(days)
    }

    fn expiring(days_left: u16) -> Event {
        certificate_expiring(1, days_left, &[place().provider])
    }

    #[test]
    fn each_warning_is_due_on_its_day_and_not_before() {
        let imported = || certificate_imported("paris", 1);
        let second = time::Duration::seconds(1);
        given::<Certificate>([imported()]).when(before(days(30) + second)).then([]);
        let mut history = vec![imported()];
        for warning in [30, 14, 7, 1] {
            let at = days(i64::from(warning));
            given::<Certificate>(history.clone()).when(before(at + second)).then([]);
            given::<Certificate>(history.clone()).when(before(at)).then([expiring(warning)]);
            history.push(expiring(warning));
            given::<Certificate>(history.clone()).when(before(at)).then([]);
        }
        given::<Certificate>(history).when(before(days(-400))).then([]);
    }

    #[test]
    fn only_the_nearest_warning_is_given() {
        let imported = || [certificate_imported("paris", 1)];
        given::<Certificate>(imported()).when(before(days(5))).then([expiring(7)]);
        given::<Certificate>(imported()).when(before(days(-1))).then([expiring(1)]);
    }

    #[test]
    fn a_replacement_is_warned_of_anew() {
        let history = [
            certificate_imported("paris", 2),
            certificate_expiring(2, 1, &[]),
            certificate_replaced(2, 1, &[]),
        ];
        given::<Certificate>(history).when(before(days(14))).then([expiring(14)]);
    }

    #[test]
    fn what_is_not_there_does_not_expire() {
        given::<Certificate>([]).when(before(days(1))).then_refused(Error::NotFound);
        given::<Certificate>([certificate_imported("paris", 1), certificate_removed()])
            .when(before(days(1)))
            .then_refused(Error::Removed);
    }
}
