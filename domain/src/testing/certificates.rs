//! Named examples of certificates.

use super::name;
use crate::{
    Timestamp, certificate,
    change::Change,
    ids::{ProviderId, RecordId},
    kept::{Fingerprint, Kept},
};
use uuid::Uuid;

/// Key and chain of a certificate; the higher the number, the later it ends.
pub fn material(number: u16) -> certificate::Material {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let year = 2030 + number;
    certificate::Material {
        ca: Some("-----BEGIN CERTIFICATE-----\n".to_owned()),
        certificate: format!("-----BEGIN CERTIFICATE-----\n{number}"),
        fingerprint: format!("{number:064x}"),
        issuer: "CN=authority".to_owned(),
        key: Kept {
            fingerprint: Fingerprint::of([0; 32]),
            record_id: RecordId(Uuid::from_u128(0xd0 + u128::from(number))),
            version: 1,
        },
        not_after: at(&format!("{year}-03-01T12:00:00.000000Z")),
        not_before: at("2026-03-01T12:00:00.000000Z"),
        serial_number: format!("{number:x}"),
        subject: "CN=berth".to_owned(),
        subject_alternative_names: vec!["DNS:berth.internal".to_owned()],
    }
}
pub fn certificate_imported(called: &str, number: u16) -> certificate::Event {
    certificate::import::Imported { material: material(number), name: name(called) }.into()
}
pub fn certificate_replaced(before: u16, after: u16, by: &[ProviderId]) -> certificate::Event {
    let material = Change { before: material(before), after: material(after) };
    certificate::replace::Replaced { material, provider_ids: by.to_vec() }.into()
}
pub fn certificate_expiring(of: u16, days_left: u16, by: &[ProviderId]) -> certificate::Event {
    let not_after = material(of).not_after;
    certificate::expire::Expiring { days_left, not_after, provider_ids: by.to_vec() }.into()
}
pub fn certificate_removed() -> certificate::Event {
    certificate::remove::Removed {}.into()
}
