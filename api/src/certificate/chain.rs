//! Certificates out of PEM: what they say, and whether they hold together.

use super::{
    Error,
    pem::{self, Key},
};
use domain::{Timestamp, certificate::material::Public};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use time::OffsetDateTime;
use x509_parser::{
    certificate::X509Certificate,
    extensions::GeneralName,
    prelude::{ASN1Time, FromDer, X509Version},
    x509::X509Name,
};

/// The most certificates of one text.
const CERTIFICATES_MAX: usize = 20;
/// The longest name that is shown, in characters.
const NAME_CHARACTERS_MAX: usize = 500;
/// The most further names that are shown.
const NAMES_MAX: usize = 100;

/// Certificates, at least one, each of which could be read.
pub(super) struct Chain(Vec<CertificateDer<'static>>);

/// Reads the certificates of a text.
pub(super) fn read(text: &str) -> Result<Chain, Error> {
    let blocks: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let blocks = blocks.map_err(|_| Error::NoCertificate)?;
    if blocks.is_empty() {
        return Err(Error::NoCertificate);
    }
    if blocks.len() > CERTIFICATES_MAX {
        return Err(Error::TooManyCertificates { most: CERTIFICATES_MAX });
    }
    let chain = Chain(blocks);
    for index in 0..chain.0.len() {
        chain.certificate(index)?;
    }
    Ok(chain)
}

impl Chain {
    fn certificate(&self, index: usize) -> Result<X509Certificate<'_>, Error> {
        let der = self.0.get(index).ok_or(Error::NoCertificate)?;
        match X509Certificate::from_der(der) {
            Ok(([], certificate)) => Ok(certificate),
            Ok(_) | Err(_) => Err(Error::Unreadable { index }),
        }
    }

    /// Everything that a certificate by which a client says who it is must be.
    pub(super) fn check_client(&self, now: Timestamp) -> Result<(), Error> {
        for index in 0..self.0.len() {
            let certificate = self.certificate(index)?;
            if certificate.version() != X509Version::V3 {
                return Err(Error::OldVersion { index });
            }
            if index + 1 < self.0.len() {
                let above = self.certificate(index + 1)?;
                let is_named = certificate.issuer().as_raw() == above.subject().as_raw();
                let is_signed = certificate.verify_signature(Some(above.public_key())).is_ok();
                if !is_named || !is_signed {
                    return Err(Error::Order { index });
                }
            }
        }
        self.check_dates(now)?;
        let usages = self
            .certificate(0)?
            .extended_key_usage()
            .map(|found| found.is_none_or(|usages| usages.value.client_auth || usages.value.any));
        if usages.unwrap_or(false) { Ok(()) } else { Err(Error::NoClientUsage) }
    }

    /// Whether each is valid at a moment.
    pub(super) fn check_dates(&self, now: Timestamp) -> Result<(), Error> {
        for index in 0..self.0.len() {
            let validity = self.certificate(index)?.validity().clone();
            if now.moment() > moment(validity.not_after)?.moment() {
                return Err(Error::Expired { index });
            }
            if now.moment() < moment(validity.not_before)?.moment() {
                return Err(Error::NotYetValid { index });
            }
        }
        Ok(())
    }

    /// Whether the key is that of the first certificate.
    pub(super) fn check_key(&self, key: &Key) -> Result<(), Error> {
        let first = self.certificate(0)?;
        let own = key.signs.public_key().ok_or(Error::UnknownKey)?;
        let is_same = own.as_ref() == first.public_key().raw;
        if is_same { Ok(()) } else { Err(Error::KeyMismatch) }
    }

    /// The certificates alone, written anew.
    pub(super) fn pem(&self) -> String {
        self.0.iter().map(|der| pem::write("CERTIFICATE", der)).collect()
    }

    /// What everybody may know of it.
    pub(super) fn public(&self, ca: Option<String>) -> Option<Public> {
        let first = self.certificate(0).ok()?;
        let digest = Sha256::digest(self.0.first()?);
        Some(Public {
            ca,
            certificate: self.pem(),
            fingerprint: hexadecimal(&digest),
            issuer: name(first.issuer()),
            not_after: moment(first.validity().not_after).ok()?,
            not_before: moment(first.validity().not_before).ok()?,
            serial_number: hexadecimal(first.raw_serial()),
            subject: name(first.subject()),
            subject_alternative_names: names(&first),
        })
    }
}

fn moment(time: ASN1Time) -> Result<Timestamp, Error> {
    let moment = OffsetDateTime::from_unix_timestamp(time.timestamp());
    moment.map(Timestamp::new).map_err(|_| Error::Unreadable { index: 0 })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name as one line; what does not show is left out.
fn name(name: &X509Name<'_>) -> String {
    shown(&name.to_string())
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(NAME_CHARACTERS_MAX).collect()
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return vec![] };
    let one = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(format!("DNS:{name}")),
        GeneralName::RFC822Name(name) => Some(format!("email:{name}")),
        GeneralName::URI(uri) => Some(format!("URI:{uri}")),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| format!("IP:{address}")),
        _ => None,
    };
    let names = names.value.general_names.iter().filter_map(one);
    names.take(NAMES_MAX).map(|name| shown(&name)).collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}
