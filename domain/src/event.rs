//! Every event there is, by its stored type.

use crate::{
    access, certificate, cluster, image, node, node_observation, organization, profile, provider,
    secret, secret_observation, stream::Kind, workload, workload_observation,
};
use serde::{Deserializer, Serialize, Serializer};

/// Makes the event enum of one aggregate from its list of `Variant(Payload) = "StoredType"`.
///
/// The stored type is written once, here, and never changes after the first event was recorded.
macro_rules! events {
    ($(#[$doc:meta])* pub enum Event {
        $($(#[$about:meta])* $variant:ident($payload:ty) = $name:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[serde(untagged)]
        pub enum Event {
            $($(#[$about])* $variant($payload),)+
        }

        impl Event {
            /// The stored types of this aggregate.
            pub const TYPES: &'static [&'static str] = &[$($name),+];

            /// The stored type.
            #[must_use]
            pub fn r#type(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)+ }
            }

            /// Reads the data of an event of this aggregate.
            pub(crate) fn decode<'de, D: serde::Deserializer<'de>>(
                r#type: &str,
                data: D,
            ) -> Option<Result<Self, D::Error>> {
                match r#type {
                    $($name => Some(serde::Deserialize::deserialize(data).map(Self::$variant)),)+
                    _ => None,
                }
            }

            /// The JSON Schema of the data of an event of this aggregate.
            #[cfg(feature = "schema")]
            pub(crate) fn schema(
                r#type: &str,
                generator: &mut schemars::SchemaGenerator,
            ) -> Option<schemars::Schema> {
                match r#type {
                    $($name => Some(generator.subschema_for::<$payload>()),)+
                    _ => None,
                }
            }
        }

        $(impl From<$payload> for Event {
            fn from(payload: $payload) -> Self {
                Self::$variant(payload)
            }
        })+
    };
}
pub(crate) use events;

/// Any event of any aggregate.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// What a principal was given, or lost.
    Access(access::Event),
    /// A fact about a certificate.
    Certificate(certificate::Event),
    /// Something that was observed of a cluster.
    Cluster(cluster::Event),
    /// An administrator's decision about an image.
    Image(image::Event),
    /// An administrator's decision about a node.
    Node(node::Event),
    /// Something a cluster showed of a node.
    NodeObservation(node_observation::Event),
    /// A fact about an organization.
    Organization(organization::Event),
    /// An organization's decision about a profile.
    Profile(profile::Event),
    /// An administrator's decision about a provider.
    Provider(provider::Event),
    /// An administrator's decision about a secret.
    Secret(secret::Event),
    /// Something that became of a secret on a cluster.
    SecretObservation(secret_observation::Event),
    /// An organization's decision about a workload, or where it was placed.
    Workload(workload::Event),
    /// Something that became of a workload on a cluster.
    WorkloadObservation(workload_observation::Event),
}

macro_rules! union {
    ($($variant:ident($aggregate:ident)),+) => {
        $(impl From<$aggregate::Event> for Event {
            fn from(event: $aggregate::Event) -> Self {
                Self::$variant(event)
            }
        })+

        impl Event {
            /// The stored type: `NodeLabeled`.
            #[must_use]
            pub fn r#type(&self) -> &'static str {
                match self { $(Self::$variant(event) => event.r#type(),)+ }
            }

            /// The stored types of all aggregates.
            #[must_use]
            pub fn types() -> Vec<&'static str> {
                [$($aggregate::Event::TYPES),+].concat()
            }

            /// Reads an event from its stored type and data.
            ///
            /// # Errors
            /// An unknown type or version, or data of another shape.
            pub fn decode<'de, D: Deserializer<'de>>(
                r#type: &str,
                schema_version: i16,
                data: D,
            ) -> Result<Self, D::Error> {
                use serde::de::Error;
                if schema_version != SCHEMA_VERSION {
                    return Err(D::Error::custom(format!(
                        "version {schema_version} of {type} is unknown to this program"
                    )));
                }
                $(if $aggregate::Event::TYPES.contains(&r#type) {
                    if let Some(event) = $aggregate::Event::decode(r#type, data) {
                        return event.map(Self::$variant);
                    }
                    return Err(D::Error::custom("the list of types is not the list of events"));
                })+
                Err(D::Error::custom(format!("events of type {type} are unknown to this program")))
            }

            /// The kind of stream that events of a stored type are kept in.
            #[must_use]
            pub fn kind(r#type: &str) -> Option<Kind> {
                $(if $aggregate::Event::TYPES.contains(&r#type) {
                    return Some(Kind::$variant);
                })+
                None
            }

            /// The JSON Schema of the data of an event, as this program writes it.
            #[cfg(feature = "schema")]
            #[must_use]
            pub fn schema(
                r#type: &str,
                generator: &mut schemars::SchemaGenerator,
            ) -> Option<schemars::Schema> {
                $(if let Some(schema) = $aggregate::Event::schema(r#type, generator) {
                    return Some(schema);
                })+
                None
            }
        }

        /// Writes the data alone; type and version are kept beside it.
        impl Serialize for Event {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(event) => event.serialize(serializer),)+ }
            }
        }
    };
}

union! {
    Access(access),
    Certificate(certificate),
    Cluster(cluster),
    Image(image),
    Node(node),
    NodeObservation(node_observation),
    Organization(organization),
    Profile(profile),
    Provider(provider),
    Secret(secret),
    SecretObservation(secret_observation),
    Workload(workload),
    WorkloadObservation(workload_observation)
}

/// The version of every event's shape until one of them gets a second.
pub const SCHEMA_VERSION: i16 = 1;

impl Event {
    /// The version of the shape of the data.
    #[must_use]
    pub fn schema_version(&self) -> i16 {
        SCHEMA_VERSION
    }
}

#[cfg(all(test, feature = "schema"))]
mod tests {
    use super::*;
    use schemars::generate::SchemaSettings;

    #[test]
    fn every_event_has_a_schema_and_a_kind_of_stream() {
        let mut generator = SchemaSettings::draft07().for_serialize().into_generator();
        for name in Event::types() {
            assert!(Event::schema(name, &mut generator).is_some(), "{name}");
            assert!(Event::kind(name).is_some(), "{name}");
        }
        assert_eq!(Event::schema("NeverHeardOf", &mut generator), None);
        assert_eq!(Event::kind("NeverHeardOf"), None);
    }
}
