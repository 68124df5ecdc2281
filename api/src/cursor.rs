//! Where a list goes on.
//!
//! A cursor is opaque and belongs to one list with one set of filters: used elsewhere it is
//! refused, since its key would point into another order.

use crate::problem::{Code, Problem};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

/// How much of the digest of its list a cursor carries.
const LIST_BYTES: usize = 4;

/// Writes the key of the last entry of a page; `list` is the list with its filters.
pub(crate) fn write<K: Serialize>(list: &str, key: &K) -> Result<String, Problem> {
    let key = serde_json::to_vec(key).map_err(|error| Problem::hidden(Code::Internal, &error))?;
    Ok(URL_SAFE_NO_PAD.encode([&digest(list)[..], &key].concat()))
}

/// Reads a cursor of this very list.
pub(crate) fn read<K: DeserializeOwned>(list: &str, cursor: &str) -> Result<K, Problem> {
    let key = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| {
        let key = bytes.strip_prefix(&digest(list)[..])?;
        serde_json::from_slice(key).ok()
    });
    key.ok_or_else(|| {
        let detail = "must be a cursor of this list, with the same filters";
        Problem::at(Code::MalformedParameter, "cursor", "cursor", detail)
    })
}

fn digest(list: &str) -> [u8; LIST_BYTES] {
    let full = Sha256::digest(list.as_bytes());
    std::array::from_fn(|index| full[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_goes_on_in_its_own_list_only() {
        let cursor = write("providers?sort=name", &("paris", 7)).unwrap();
        let (name, number): (String, i64) = read("providers?sort=name", &cursor).unwrap();
        assert_eq!((name.as_str(), number), ("paris", 7));
        assert!(read::<(String, i64)>("providers?sort=-name", &cursor).is_err());
        assert!(read::<(String, i64)>("providers?sort=name", "nonsense!").is_err());
        assert!(read::<(String, i64)>("providers?sort=name", "").is_err());
    }
}
