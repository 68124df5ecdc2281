//! What the object of a secret says of where it comes from, in words that both engines keep beside
//! it. Pure.

use crate::marker::{INSTANCE, POSITION};
use commands::ports::cluster::secret::Marker;
use domain::Position;

pub(crate) const SECRET: &str = "secret";
pub(crate) const VERSION: &str = "version";

/// The words of an object.
#[must_use]
pub(crate) fn words(marker: &Marker) -> [(&'static str, String); 4] {
    [
        (INSTANCE, marker.instance.to_string()),
        (SECRET, marker.secret.to_string()),
        (VERSION, marker.version.to_string()),
        (POSITION, marker.position.to_string()),
    ]
}

/// Reads them back; `None` where the words are not those of any Berth.
pub(crate) fn read<'a>(word: impl Fn(&str) -> Option<&'a str>) -> Option<Marker> {
    Some(Marker {
        instance: word(INSTANCE)?.parse().ok()?,
        secret: word(SECRET)?.parse().ok()?,
        version: word(VERSION)?.parse().ok()?,
        position: Position(word(POSITION)?.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::{InstanceId, SecretId};
    use std::collections::BTreeMap;
    use uuid::Uuid;

    #[test]
    fn what_is_written_reads_back_and_other_words_are_no_marker() {
        let id = Uuid::from_u128;
        let marker = Marker {
            instance: InstanceId(id(0xb1)),
            secret: SecretId(id(0xd1)),
            version: 3,
            position: Position(17),
        };
        let written: BTreeMap<_, _> = words(&marker).into_iter().collect();
        assert_eq!(read(|word| written.get(word).map(String::as_str)), Some(marker));
        for word in [INSTANCE, SECRET, VERSION, POSITION] {
            let mut written = written.clone();
            written.insert(word, "x".to_owned());
            assert_eq!(read(|word| written.get(word).map(String::as_str)), None, "{word}");
        }
    }
}
