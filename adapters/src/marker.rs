//! What an object on a cluster says of where it comes from, in words that both engines keep beside
//! it: labels of a Swarm service, labels and annotations of a Kubernetes object. Pure.

use commands::ports::cluster::workload::{Marker, Which};
use domain::{
    Position,
    ids::{InstanceId, OrganizationId, WorkloadId},
    workload::Epoch,
    workload_observation::{Pair, repair::Part},
};
use serde::{Deserialize, de::IntoDeserializer, de::value::Error as NoEpoch};

pub(crate) const INSTANCE: &str = "instance";
pub(crate) const WORKLOAD: &str = "workload";
pub(crate) const ORGANIZATION: &str = "organization";
pub(crate) const EPOCH: &str = "epoch";
pub(crate) const POSITION: &str = "position";
pub(crate) const MADE_AS: &str = "made-as";
pub(crate) const REPAIRS: &str = "repairs";
pub(crate) const REPAIRED: &str = "repaired";
/// What people call the workload; nothing is ever read from it.
pub(crate) const NAME: &str = "name";

/// The words that say whose object it is.
#[must_use]
pub(crate) fn whose(marker: &Marker) -> [(&'static str, String); 3] {
    [
        (INSTANCE, marker.instance.to_string()),
        (WORKLOAD, marker.which.workload.to_string()),
        (ORGANIZATION, marker.which.organization.to_string()),
    ]
}

/// The words that move with each write.
#[must_use]
pub(crate) fn how_old(marker: &Marker) -> Vec<(&'static str, String)> {
    let repaired: Vec<_> = marker.repaired.iter().map(|part| part.as_str()).collect();
    let made_as = marker.made_as.map(|digest| (MADE_AS, digest.to_string()));
    [
        (EPOCH, marker.pair.epoch.to_string()),
        (POSITION, marker.pair.position.to_string()),
        (REPAIRS, marker.repairs.to_string()),
        (REPAIRED, repaired.join(".")),
    ]
    .into_iter()
    .chain(made_as)
    .collect()
}

/// Reads it back; `None` where the words are not those of any Berth.
pub(crate) fn read<'a>(word: impl Fn(&str) -> Option<&'a str>) -> Option<Marker> {
    let workload: WorkloadId = word(WORKLOAD)?.parse().ok()?;
    let organization: OrganizationId = word(ORGANIZATION)?.parse().ok()?;
    let repaired = word(REPAIRED).unwrap_or_default();
    Some(Marker {
        instance: word(INSTANCE)?.parse::<InstanceId>().ok()?,
        which: Which { workload, organization },
        pair: Pair {
            epoch: epoch(word(EPOCH)?)?,
            position: Position(word(POSITION)?.parse().ok()?),
        },
        made_as: word(MADE_AS).and_then(|digest| digest.parse().ok()),
        repairs: word(REPAIRS).and_then(|number| number.parse().ok()).unwrap_or(0),
        repaired: Part::ALL
            .into_iter()
            .filter(|part| repaired.split('.').any(|word| word == part.as_str()))
            .collect(),
    })
}

/// An epoch comes from nothing but what was stored; here it was stored beside the object.
fn epoch(text: &str) -> Option<Epoch> {
    let number: u32 = text.parse().ok()?;
    let read: Result<Epoch, NoEpoch> = Epoch::deserialize(number.into_deserializer());
    read.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    fn marker() -> Marker {
        let id = Uuid::from_u128;
        let which =
            Which { workload: WorkloadId(id(0xe1)), organization: OrganizationId(id(0xd1)) };
        Marker {
            instance: InstanceId(id(0xb1)),
            which,
            pair: Pair { epoch: Epoch::FIRST.next(), position: Position(17) },
            made_as: Some(id(0xf1)),
            repairs: 3,
            repaired: vec![Part::Replicas, Part::Specification],
        }
    }

    fn written(marker: &Marker) -> BTreeMap<&'static str, String> {
        whose(marker).into_iter().chain(how_old(marker)).collect()
    }

    #[test]
    fn what_is_written_reads_back() {
        let words = written(&marker());
        assert_eq!(words[EPOCH], "2");
        assert_eq!(words[REPAIRED], "replicas.specification");
        assert_eq!(read(|word| words.get(word).map(String::as_str)), Some(marker()));
        let bare = Marker { made_as: None, repairs: 0, repaired: vec![], ..marker() };
        let words = written(&bare);
        assert_eq!(read(|word| words.get(word).map(String::as_str)), Some(bare));
    }

    #[test]
    fn other_words_are_no_marker() {
        assert_eq!(read(|_| None), None);
        for (word, text) in [(EPOCH, "0"), (EPOCH, "x"), (POSITION, ""), (INSTANCE, "b1")] {
            let mut words = written(&marker());
            words.insert(word, text.to_owned());
            assert_eq!(read(|word| words.get(word).map(String::as_str)), None, "{word} {text}");
        }
    }
}
