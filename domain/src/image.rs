//! A container image that is declared on a provider, so that its organizations may run it.
//!
//! **Invariants**
//! - A declared image is disabled; to enable it is a decision of its own.
//! - No two images of a provider have references that mean the same.
//! - A withdrawn image does not come back: the same reference, declared again, is another image.

pub mod availability;
pub mod change_visibility;
pub mod declare;
pub mod disable;
pub mod enable;
pub mod reference;
pub mod registry;
pub mod withdraw;

pub use reference::Reference;
pub use registry::Registry;

use crate::{
    Aggregate, StreamId,
    claim::{Claim, UniqueName},
    event::events,
    ids::{ImageId, ProviderId},
    provider::Visibility,
    tag::Tag,
};

events! {
    /// What administrators decided about an image.
    pub enum Event {
        /// A new image, disabled.
        Declared(declare::Declared) = "ImageDeclared",
        /// It may be used.
        Enabled(enable::Enabled) = "ImageEnabled",
        /// It may not be used for anything new.
        Disabled(disable::Disabled) = "ImageDisabled",
        /// Public or private.
        VisibilityChanged(change_visibility::VisibilityChanged) = "ImageVisibilityChanged",
        /// It is no longer offered.
        Withdrawn(withdraw::Withdrawn) = "ImageWithdrawn",
    }
}

/// An intention about an image.
#[derive(Clone, Debug)]
pub enum Command {
    /// `DeclareImage`
    Declare(declare::Declare),
    /// `EnableImage`
    Enable,
    /// `DisableImage`
    Disable,
    /// `ChangeImageVisibility`
    ChangeVisibility(Visibility),
    /// `WithdrawImage`
    Withdraw,
}

/// Why a command about an image is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody declared it on this provider.
    #[error("the provider has no such image")]
    NotFound,
    /// The id is taken: another command declared it.
    #[error("the image exists already")]
    AlreadyExists,
    /// Something new was asked of a disabled one.
    #[error("the image is disabled; an administrator has to enable it first")]
    Disabled,
    /// It was offered once.
    #[error("the image was withdrawn")]
    Withdrawn,
}

/// An image, as far as its history goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Image {
    /// Nobody declared it.
    #[default]
    Absent,
    /// Declared.
    Present(Known),
    /// No longer offered on this provider.
    Withdrawn(ProviderId),
}

/// What is known of a declared image.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The provider it is declared on.
    pub provider: ProviderId,
    /// What is pulled, as written.
    pub reference: Reference,
    /// Who may use it.
    pub visibility: Visibility,
    /// Whether it may be used at all.
    pub enabled: bool,
}

impl Image {
    /// The declared image.
    ///
    /// # Errors
    /// `Error::NotFound` where nobody declared it, `Error::Withdrawn` once it is withdrawn.
    pub fn present(&self) -> Result<&Known, Error> {
        match self {
            Self::Present(known) => Ok(known),
            Self::Absent => Err(Error::NotFound),
            Self::Withdrawn(_) => Err(Error::Withdrawn),
        }
    }

    /// The provider that it is, or was, declared on.
    #[must_use]
    pub fn provider(&self) -> Option<ProviderId> {
        match self {
            Self::Absent => None,
            Self::Present(known) => Some(known.provider),
            Self::Withdrawn(provider) => Some(*provider),
        }
    }
}

/// Where references are unique.
pub const SCOPE: &str = "image";

/// The name that only one image of a provider may have: its reference in the form that all its
/// spellings share.
#[must_use]
pub fn unique(provider: ProviderId, reference: &Reference) -> UniqueName {
    UniqueName { scope: SCOPE, key: format!("{provider}/{}", reference.key()) }
}

impl Aggregate for Image {
    type Id = ImageId;
    type Command = Command;
    type Event = Event;
    type Error = Error;

    fn stream(id: ImageId) -> StreamId {
        StreamId::image(id)
    }

    fn own(event: &crate::Event) -> Option<&Event> {
        if let crate::Event::Image(event) = event { Some(event) } else { None }
    }

    fn decide(&self, command: Command) -> Result<Vec<Event>, Error> {
        match (self, command) {
            (Self::Absent, Command::Declare(declare)) => Ok(declare::decide(declare)),
            (Self::Present(_), Command::Declare(_)) => Err(Error::AlreadyExists),
            (Self::Withdrawn(_), Command::Declare(_)) => Err(Error::Withdrawn),
            (image, Command::Enable) => Ok(enable::decide(image.present()?)),
            (image, Command::Disable) => Ok(disable::decide(image.present()?)),
            (image, Command::ChangeVisibility(visibility)) => {
                Ok(change_visibility::decide(image.present()?, visibility))
            }
            // Done already: a client may retry.
            (Self::Withdrawn(_), Command::Withdraw) => Ok(vec![]),
            (image, Command::Withdraw) => Ok(withdraw::decide(image.present()?)),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        let mut known = match (self, event) {
            (withdrawn @ Self::Withdrawn(_), _) => return withdrawn,
            (_, Event::Declared(declared)) => return Self::Present(declared.known()),
            (Self::Absent, _) => return Self::Absent,
            (Self::Present(known), _) => known,
        };
        match event {
            Event::Declared(_) => {}
            Event::Enabled(_) => known.enabled = true,
            Event::Disabled(_) => known.enabled = false,
            Event::VisibilityChanged(changed) => known.visibility = changed.visibility.after,
            Event::Withdrawn(_) => return Self::Withdrawn(known.provider),
        }
        Self::Present(known)
    }

    fn tags(id: ImageId, event: &Event) -> Vec<Tag> {
        let provider = match event {
            Event::Declared(event) => event.provider_id,
            Event::Enabled(event) => event.provider_id,
            Event::Disabled(event) => event.provider_id,
            Event::VisibilityChanged(event) => event.provider_id,
            Event::Withdrawn(event) => event.provider_id,
        };
        vec![Tag::image(id), Tag::provider(provider)]
    }

    fn claims(&self, event: &Event) -> Vec<Claim> {
        match (event, self) {
            (Event::Declared(event), _) => vec![
                Claim::Take(unique(event.provider_id, &event.reference)),
                Claim::Refer(StreamId::provider(event.provider_id)),
            ],
            (Event::Withdrawn(_), Self::Present(known)) => {
                vec![Claim::Free(unique(known.provider, &known.reference)), Claim::End]
            }
            (Event::Withdrawn(_), Self::Absent | Self::Withdrawn(_)) => vec![Claim::End],
            (Event::Enabled(_) | Event::Disabled(_) | Event::VisibilityChanged(_), _) => vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{fold, image, place};

    #[test]
    fn an_image_takes_its_reference_and_holds_its_provider_until_it_is_withdrawn() {
        let (declared, withdrawn) = (image::declared("nginx"), image::withdrawn("nginx"));
        let name = unique(place().provider, &image::reference("docker.io/library/nginx:latest"));
        let taken = [Claim::Take(name.clone()), Claim::Refer(StreamId::provider(place().provider))];
        assert_eq!(Image::Absent.claims(&declared), taken);
        let freed = [Claim::Free(name), Claim::End];
        assert_eq!(fold::<Image>([declared]).claims(&withdrawn), freed);
    }

    #[test]
    fn the_same_reference_on_two_providers_is_two_names() {
        let nginx = image::reference("nginx");
        let elsewhere = ProviderId(uuid::Uuid::from_u128(0xa2));
        assert_ne!(unique(place().provider, &nginx), unique(elsewhere, &nginx));
    }
}
