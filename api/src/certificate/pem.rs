//! A private key out of PEM, in each of the three forms that are in use.

use super::Error;
use base64::{Engine, engine::general_purpose::STANDARD};
use commands::ports::vault::Secret;
use rustls::{
    crypto::ring::sign::any_supported_type,
    pki_types::{PrivateKeyDer, pem::PemObject},
    sign::SigningKey,
};
use std::sync::Arc;
use zeroize::Zeroizing;

/// How many characters a line of PEM has.
const LINE_CHARACTERS: usize = 64;

/// A private key that can sign.
pub(super) struct Key {
    der: PrivateKeyDer<'static>,
    pub(super) signs: Arc<dyn SigningKey>,
}

/// Reads the one key of a text.
pub(super) fn key(text: &str) -> Result<Key, Error> {
    if text.contains("ENCRYPTED") {
        return Err(Error::EncryptedKey);
    }
    let mut keys = PrivateKeyDer::pem_slice_iter(text.as_bytes());
    let der = keys.next().and_then(Result::ok).ok_or(Error::NoKey)?;
    if keys.next().is_some() {
        return Err(Error::ManyKeys);
    }
    let signs = any_supported_type(&der).map_err(|_| Error::UnknownKey)?;
    Ok(Key { der, signs })
}

impl Key {
    /// The key as it is kept: its own block and nothing else.
    pub(super) fn into_secret(self) -> Secret {
        let label = match &self.der {
            PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
            PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
            _ => "PRIVATE KEY",
        };
        let text = Zeroizing::new(write(label, self.der.secret_der()));
        Secret::new(text.as_bytes().to_vec())
    }
}

/// One block of PEM.
pub(super) fn write(label: &str, der: &[u8]) -> String {
    let base64 = Zeroizing::new(STANDARD.encode(der));
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in base64.as_bytes().chunks(LINE_CHARACTERS) {
        text.extend(line.iter().map(|byte| char::from(*byte)));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}
