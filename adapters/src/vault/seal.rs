//! How a value is encrypted. Pure: what is random comes from the operating system, all else from
//! the arguments.
//!
//! XChaCha20-Poly1305 throughout, with a nonce of 24 random bytes before each ciphertext: long
//! enough that no two are ever equal, without a counter that a restored backup would turn back.
//! What is encrypted is bound to what it is by associated data, so nothing can be moved to another
//! place in the database and still be read.
//!
//! | what | under | bound to |
//! | --- | --- | --- |
//! | a data key | a master key | name of the master key, record |
//! | a value | a key derived from its data key | kind, record, version |
//! | the fingerprint of a value | another key derived from its data key | kind |

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use commands::ports::vault::{Kind, Secret};
use domain::{ids::RecordId, kept::Fingerprint};
use hmac::{Hmac, Mac};
use rand::TryRngCore;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Bytes of every key.
pub(super) const KEY_BYTES: usize = 32;
/// Bytes of a nonce.
const NONCE_BYTES: usize = 24;

/// A key, wiped from memory when dropped.
pub(super) type Key = Zeroizing<[u8; KEY_BYTES]>;

/// The data key of one record.
pub(super) struct DataKey(Key);

/// What cannot be decrypted: altered, moved from elsewhere, or under another key.
#[derive(Debug, thiserror::Error)]
#[error("the ciphertext was not made with this key for this purpose")]
pub(super) struct Altered;

/// Why nothing was encrypted.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotSealed {
    /// Nothing can be kept safely then.
    #[error("the operating system gives no random bytes")]
    NoRandomness(#[from] rand::rand_core::OsError),
    /// Beyond 256 GiB, where every value has a bound far below.
    #[error("the value is longer than the cipher takes")]
    TooLong,
}

/// A key of random bytes.
pub(super) fn random_key() -> Result<Key, NotSealed> {
    let mut key = Key::default();
    rand::rngs::OsRng.try_fill_bytes(&mut key[..])?;
    Ok(key)
}

/// What a master key of this name answers, so that a wrong one is recognized.
pub(super) fn check_value(master: &Key, name: &str) -> [u8; 32] {
    mac(master, &[b"berth master key", name.as_bytes()])
}

impl DataKey {
    pub(super) fn random() -> Result<Self, NotSealed> {
        random_key().map(Self)
    }

    /// Encrypts the data key under a master key.
    pub(super) fn wrap(
        &self,
        master: &Key,
        name: &str,
        record: RecordId,
    ) -> Result<Vec<u8>, NotSealed> {
        encrypt(master, &wrapping(name, record), &self.0[..])
    }

    pub(super) fn unwrap(
        master: &Key,
        name: &str,
        record: RecordId,
        wrapped: &[u8],
    ) -> Result<Self, Altered> {
        let bytes = decrypt(master, &wrapping(name, record), wrapped)?;
        let mut key = Key::default();
        if bytes.len() != KEY_BYTES {
            return Err(Altered);
        }
        key.copy_from_slice(&bytes);
        Ok(Self(key))
    }

    /// Encrypts one version of the record's value.
    pub(super) fn seal(
        &self,
        kind: Kind,
        record: RecordId,
        version: u32,
        value: &Secret,
    ) -> Result<Vec<u8>, NotSealed> {
        encrypt(&self.derived(b"value"), &about(kind, record, version), value.expose())
    }

    pub(super) fn open(
        &self,
        kind: Kind,
        record: RecordId,
        version: u32,
        ciphertext: &[u8],
    ) -> Result<Secret, Altered> {
        let bytes = decrypt(&self.derived(b"value"), &about(kind, record, version), ciphertext)?;
        Ok(Secret::new(bytes.to_vec()))
    }

    /// Equal for equal values of this record.
    pub(super) fn fingerprint(&self, kind: Kind, value: &Secret) -> Fingerprint {
        let key = self.derived(b"fingerprint");
        Fingerprint::of(mac(&key, &[kind.as_str().as_bytes(), value.expose()]))
    }

    /// One key a purpose, so that no key is used in two ways.
    fn derived(&self, purpose: &[u8]) -> Key {
        Key::new(mac(&self.0, &[b"berth data key", purpose]))
    }
}

fn wrapping(name: &str, record: RecordId) -> Vec<u8> {
    joined(&[b"berth data key", name.as_bytes(), record.0.as_bytes()])
}

fn about(kind: Kind, record: RecordId, version: u32) -> Vec<u8> {
    let kind = kind.as_str().as_bytes();
    joined(&[b"berth value", kind, record.0.as_bytes(), &version.to_be_bytes()])
}

/// The parts with their lengths, so that no two lists run together into one.
fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut all = vec![];
    for part in parts {
        all.extend_from_slice(&(part.len() as u64).to_be_bytes());
        all.extend_from_slice(part);
    }
    all
}

fn mac(key: &Key, parts: &[&[u8]]) -> [u8; 32] {
    // A block of SHA-256 is longer than the key, so this is the key as HMAC pads it anyway, and
    // the constructor that cannot fail takes a whole block.
    let mut block = Zeroizing::new([0; 64]);
    block[..KEY_BYTES].copy_from_slice(&key[..]);
    let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new((&*block).into());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn encrypt(key: &Key, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, NotSealed> {
    let mut nonce = [0; NONCE_BYTES];
    rand::rngs::OsRng.try_fill_bytes(&mut nonce)?;
    let cipher = XChaCha20Poly1305::new((&**key).into());
    let sealed = cipher.encrypt((&nonce).into(), Payload { msg: plain, aad });
    Ok([&nonce[..], &sealed.map_err(|_| NotSealed::TooLong)?].concat())
}

fn decrypt(key: &Key, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Altered> {
    let (nonce, msg) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Altered)?;
    let cipher = XChaCha20Poly1305::new((&**key).into());
    let plain = cipher.decrypt(nonce.into(), Payload { msg, aad }).map_err(|_| Altered)?;
    Ok(Zeroizing::new(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const KIND: Kind = Kind::SecretValue;

    fn record() -> RecordId {
        RecordId(Uuid::now_v7())
    }

    #[test]
    fn what_was_sealed_is_opened() {
        let (key, record) = (DataKey::random().unwrap(), record());
        for length in [0, 1, 512_000] {
            let value = Secret::new(vec![7; length]);
            let sealed = key.seal(KIND, record, 1, &value).unwrap();
            assert!(sealed.len() > length);
            assert_eq!(key.open(KIND, record, 1, &sealed).unwrap(), value);
        }
    }

    #[test]
    fn the_same_value_is_never_sealed_to_the_same_bytes() {
        let (key, record) = (DataKey::random().unwrap(), record());
        let value = Secret::from("x".to_owned());
        let seal = || key.seal(KIND, record, 1, &value).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_value_is_bound_to_its_kind_record_version_and_key() {
        let (key, of) = (DataKey::random().unwrap(), record());
        let sealed = key.seal(KIND, of, 1, &Secret::from("x".to_owned())).unwrap();
        assert!(key.open(Kind::ClusterToken, of, 1, &sealed).is_err());
        assert!(key.open(KIND, record(), 1, &sealed).is_err());
        assert!(key.open(KIND, of, 2, &sealed).is_err());
        assert!(DataKey::random().unwrap().open(KIND, of, 1, &sealed).is_err());
    }

    #[test]
    fn one_bit_is_enough_to_tell() {
        let (key, record) = (DataKey::random().unwrap(), record());
        let sealed = key.seal(KIND, record, 1, &Secret::from("value".to_owned())).unwrap();
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(key.open(KIND, record, 1, &altered).is_err(), "byte {at}");
        }
        for short in 0..sealed.len() {
            assert!(key.open(KIND, record, 1, &sealed[..short]).is_err(), "{short} bytes");
        }
    }

    #[test]
    fn a_data_key_is_bound_to_its_record_and_its_master_key() {
        let (key, of, master) = (DataKey::random().unwrap(), record(), random_key().unwrap());
        let wrapped = key.wrap(&master, "a", of).unwrap();
        let back = DataKey::unwrap(&master, "a", of, &wrapped).unwrap();
        assert_eq!(back.0, key.0);
        assert!(DataKey::unwrap(&master, "b", of, &wrapped).is_err());
        assert!(DataKey::unwrap(&master, "a", record(), &wrapped).is_err());
        assert!(DataKey::unwrap(&random_key().unwrap(), "a", of, &wrapped).is_err());
    }

    #[test]
    fn a_fingerprint_tells_equal_values_of_one_record_and_nothing_else() {
        let (one, other) = (DataKey::random().unwrap(), DataKey::random().unwrap());
        let secret = |text: &str| Secret::from(text.to_owned());
        let print = one.fingerprint(KIND, &secret("x"));
        assert_eq!(print, one.fingerprint(KIND, &secret("x")));
        assert_ne!(print, one.fingerprint(KIND, &secret("y")));
        assert_ne!(print, one.fingerprint(Kind::ClusterToken, &secret("x")));
        assert_ne!(print, other.fingerprint(KIND, &secret("x")));
    }

    #[test]
    fn a_mac_is_hmac_sha256() {
        let key = Key::new([9; KEY_BYTES]);
        let mut expected = Hmac::<Sha256>::new_from_slice(&[9; KEY_BYTES]).unwrap();
        expected.update(&1_u64.to_be_bytes());
        expected.update(b"x");
        assert_eq!(mac(&key, &[b"x"])[..], expected.finalize().into_bytes()[..]);
    }
}
