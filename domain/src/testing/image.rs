//! Examples of images, on the provider of `place`.

use super::place;
use crate::{
    change::Change,
    image::{
        Event, Reference, change_visibility::VisibilityChanged, declare::Declared,
        disable::Disabled, enable::Enabled, withdraw::Withdrawn,
    },
    provider::Visibility,
};

pub fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}
pub fn declared(text: &str) -> Event {
    let (provider_id, visibility) = (place().provider, Visibility::Public);
    Declared { provider_id, reference: reference(text), visibility }.into()
}
pub fn enabled() -> Event {
    Enabled { provider_id: place().provider }.into()
}
pub fn disabled() -> Event {
    Disabled { provider_id: place().provider }.into()
}
pub fn made_private() -> Event {
    let visibility = Change { before: Visibility::Public, after: Visibility::Private };
    VisibilityChanged { provider_id: place().provider, visibility }.into()
}
pub fn withdrawn(text: &str) -> Event {
    Withdrawn { provider_id: place().provider, reference: reference(text) }.into()
}
