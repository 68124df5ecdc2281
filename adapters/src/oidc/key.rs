//! Public keys of an identity provider (RFC 7517), and the signatures they verify.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;

/// The most keys that are looked at.
const KEYS_MAX: usize = 64;

/// The keys that a provider publishes; one that is not understood is left out.
#[derive(Deserialize)]
pub(super) struct KeySet {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    r#use: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// A key that signatures are verified with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicKey {
    pub(super) id: Option<String>,
    /// The one algorithm it is for, where the provider says so.
    alg: Option<String>,
    numbers: Numbers,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Numbers {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl KeySet {
    pub(super) fn public_keys(self) -> Vec<PublicKey> {
        let keys = self.keys.into_iter().take(KEYS_MAX);
        keys.filter_map(|key| serde_json::from_value(key).ok().and_then(understood)).collect()
    }
}

fn understood(key: Key) -> Option<PublicKey> {
    if key.r#use.as_deref().is_some_and(|used| used != "sig") {
        return None;
    }
    let number = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?).ok();
    let point = |length: usize| -> Option<Vec<u8>> {
        let (x, y) = (number(key.x.clone())?, number(key.y.clone())?);
        // Uncompressed, as SEC 1 writes it.
        (x.len() == length && y.len() == length).then(|| [&[4], &x[..], &y[..]].concat())
    };
    let numbers = match (key.kty.as_str(), key.crv.as_deref()) {
        ("RSA", None) => Numbers::Rsa { n: number(key.n.clone())?, e: number(key.e.clone())? },
        ("EC", Some("P-256")) => Numbers::P256(point(32)?),
        ("EC", Some("P-384")) => Numbers::P384(point(48)?),
        ("OKP", Some("Ed25519")) => Numbers::Ed25519(number(key.x.clone())?),
        _ => return None,
    };
    Some(PublicKey { id: key.kid, alg: key.alg, numbers })
}

impl PublicKey {
    /// Whether the key is for this algorithm. This is the list of those that are allowed.
    pub(super) fn fits(&self, alg: &str) -> bool {
        let allowed = match self.numbers {
            Numbers::Rsa { .. } => alg == "RS256" || alg == "PS256",
            Numbers::P256(_) => alg == "ES256",
            Numbers::P384(_) => alg == "ES384",
            Numbers::Ed25519(_) => alg == "EdDSA",
        };
        // An RSA key that does not say is for the algorithm that every provider must know.
        let meant = match (&self.alg, &self.numbers) {
            (Some(meant), _) => meant == alg,
            (None, Numbers::Rsa { .. }) => alg == "RS256",
            (None, _) => true,
        };
        allowed && meant
    }

    pub(super) fn verify(&self, signed: &[u8], signed_with: &[u8]) -> bool {
        let verified = match &self.numbers {
            Numbers::Rsa { n, e } => {
                let scheme = match self.alg.as_deref() {
                    Some("PS256") => &signature::RSA_PSS_2048_8192_SHA256,
                    _ => &signature::RSA_PKCS1_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n, e }.verify(scheme, signed, signed_with)
            }
            Numbers::P256(point) => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
                    .verify(signed, signed_with)
            }
            Numbers::P384(point) => {
                UnparsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point)
                    .verify(signed, signed_with)
            }
            Numbers::Ed25519(key) => {
                UnparsedPublicKey::new(&signature::ED25519, key).verify(signed, signed_with)
            }
        };
        verified.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
    };
    use serde_json::{Value, json};

    fn keys(keys: Value) -> Vec<PublicKey> {
        serde_json::from_value::<KeySet>(json!({ "keys": keys })).unwrap().public_keys()
    }

    fn text(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    #[test]
    fn an_elliptic_signature_is_verified() {
        let random = SystemRandom::new();
        let scheme = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(scheme, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(scheme, document.as_ref(), &random).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let keys = keys(json!([{ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) }]));
        let signature = pair.sign(&random, b"a.b").unwrap();
        assert!(keys[0].fits("ES256") && keys[0].verify(b"a.b", signature.as_ref()));
        assert!(!keys[0].verify(b"a.c", signature.as_ref()));
        assert!(!keys[0].verify(b"a.b", &[]) && !keys[0].verify(b"a.b", &[0; 64]));
        assert!(!keys[0].fits("ES384") && !keys[0].fits("RS256") && !keys[0].fits("HS256"));
    }

    #[test]
    fn an_edwards_signature_is_verified() {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let x = text(pair.public_key().as_ref());
        let keys = keys(json!([{ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "one" }]));
        assert!(keys[0].fits("EdDSA") && keys[0].verify(b"a.b", pair.sign(b"a.b").as_ref()));
        assert!(!keys[0].verify(b"a.b", pair.sign(b"a.c").as_ref()));
    }

    #[test]
    fn a_key_is_for_one_algorithm() {
        let (n, e) = (text(&[255; 256]), text(&[1, 0, 1]));
        let rsa = |alg: Value| keys(json!([{ "kty": "RSA", "n": n, "e": e, "alg": alg }]));
        let plain = &rsa(Value::Null)[0];
        assert!(plain.fits("RS256") && !plain.fits("PS256"));
        let padded = &rsa(json!("PS256"))[0];
        assert!(padded.fits("PS256") && !padded.fits("RS256"));
        for alg in ["none", "HS256", "RS1", "", "ES256"] {
            assert!(!plain.fits(alg) && !rsa(json!(alg))[0].fits(alg), "{alg}");
        }
    }

    #[test]
    fn what_is_no_key_for_signatures_is_left_out() {
        let x = text(&[1; 32]);
        let left = keys(json!([
            { "kty": "oct", "k": x },
            { "kty": "RSA", "n": "!", "e": "AQAB" },
            { "kty": "RSA", "e": "AQAB" },
            { "kty": "EC", "crv": "P-256", "x": x, "y": text(&[1; 31]) },
            { "kty": "EC", "crv": "secp256k1", "x": x, "y": x },
            { "kty": "OKP", "crv": "Ed25519", "x": x, "use": "enc" },
            "nonsense",
        ]));
        assert_eq!(left, []);
    }
}
