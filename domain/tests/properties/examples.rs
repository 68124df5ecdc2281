//! Small worlds to draw from: few enough values that they meet, many enough that they differ.

use domain::{
    availability::Availability,
    cluster_url::ClusterUrl,
    ids::{ClusterId, ProviderId},
    label::{Key, Value},
    name::Name,
    node::Place,
};
use proptest::prelude::{Just, Strategy, prop_oneof};
use uuid::Uuid;

pub(crate) fn provider_id() -> impl Strategy<Value = ProviderId> {
    (0..3_u128).prop_map(|n| ProviderId(Uuid::from_u128(0xa0 + n)))
}

pub(crate) fn cluster_id() -> impl Strategy<Value = ClusterId> {
    (0..4_u128).prop_map(|n| ClusterId(Uuid::from_u128(0xc0 + n)))
}

pub(crate) fn place() -> impl Strategy<Value = Place> {
    (cluster_id(), provider_id()).prop_map(|(cluster, provider)| Place { cluster, provider })
}

/// Two of them read the same.
pub(crate) fn name() -> impl Strategy<Value = Name> {
    proptest::sample::select(&["Paris", "PARIS", "Lyon", "Zürich", "a b"][..])
        .prop_map(|text| Name::parse(text).unwrap())
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    proptest::sample::select(&["", "first", "zwei\nZeilen", "\"{}\\\u{7f}é"][..])
        .prop_map(str::to_owned)
}

pub(crate) fn url() -> impl Strategy<Value = ClusterUrl> {
    (0..5_u8).prop_map(|n| ClusterUrl::parse(&format!("http://10.9.{n}.1:2375")).unwrap())
}

pub(crate) fn key() -> impl Strategy<Value = Key> {
    (0..70_u8).prop_map(|n| Key::parse(&format!("key{n}")).unwrap())
}

/// Three keys that meet often, or one of many that fill a node.
pub(crate) fn some_key() -> impl Strategy<Value = Key> {
    let common = proptest::sample::select(&["zone", "rack", "Type"][..]);
    prop_oneof![common.prop_map(|text| Key::parse(text).unwrap()), key()]
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    proptest::sample::select(&["a", "b", "0.1-x"][..]).prop_map(|text| Value::parse(text).unwrap())
}

pub(crate) fn availability() -> impl Strategy<Value = Availability> {
    prop_oneof![Just(Availability::Active), Just(Availability::Pause), Just(Availability::Drain)]
}
