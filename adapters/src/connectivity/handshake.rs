//! TLS with a cluster: what it shows, and what is wrong with that.

use super::{Found, words};
use crate::{connector, credentials::Credentials, tls};
use commands::ports::cluster::Endpoint;
use rustls_pki_types::{CertificateDer, ServerName};
use std::io::{self, ErrorKind};
use time::{Duration, OffsetDateTime};
use tokio::net::TcpStream;
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error as TlsError};
use x509_parser::{
    certificate::X509Certificate,
    extensions::GeneralName,
    prelude::{ASN1Time, FromDer},
};

/// How near its end a certificate may be before it is worth a word.
const ENDS_SOON: Duration = Duration::days(14);
/// The most names of a certificate that are shown.
const NAMES_MAX: usize = 10;

/// Shakes hands over a connection, as the work does.
pub(super) async fn shake(
    endpoint: &Endpoint,
    credentials: Option<&Credentials>,
    stream: Option<TcpStream>,
) -> Found {
    let url = &endpoint.cluster.url;
    if url.is_plain() {
        return Found::warned(
            "the address is plain `http://`: whoever is on the way can read and change everything",
            "Let the engine serve its API over TLS, and use `https://`.",
        );
    }
    let (Some(credentials), Some(stream)) = (credentials, stream) else {
        return Found::skipped("there is no connection");
    };
    let name = endpoint.cluster.server_name.as_deref().unwrap_or(url.host());
    let server_name = match connector::named(name) {
        Ok(named) => named,
        Err(error) => return super::failed(&error),
    };
    let (config, witness) = match credentials.tls_with_witness() {
        Ok(prepared) => prepared,
        Err(error) => return super::failed(&error),
    };
    let asked = Asked { name, is_address: matches!(server_name, ServerName::IpAddress(_)) };
    let shaken = tls::connect(config, server_name, stream).await;
    let shown = witness.seen();
    let shown = shown.as_ref().and_then(Shown::of);
    match shaken {
        Ok(stream) => {
            let version = stream.get_ref().1.protocol_version();
            let version = version.and_then(|version| version.as_str()).unwrap_or("TLS");
            well(&asked, version, shown.as_ref())
        }
        Err(error) => badly(&asked, &error, shown.as_ref()),
    }
}

/// For whom was asked.
struct Asked<'a> {
    name: &'a str,
    /// Then nothing is said of it in the handshake: SNI is for names only.
    is_address: bool,
}

/// What a certificate says of itself.
struct Shown {
    subject: String,
    common_name: Option<String>,
    issuer: String,
    names: Vec<String>,
    not_before: Option<OffsetDateTime>,
    not_after: Option<OffsetDateTime>,
}

impl Shown {
    fn of(der: &CertificateDer<'static>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.map(|names| names.value.general_names.iter().filter_map(name).collect());
        let common_name = certificate.subject().iter_common_name().next();
        let moment = |time: ASN1Time| OffsetDateTime::from_unix_timestamp(time.timestamp()).ok();
        Some(Self {
            subject: printable(&certificate.subject().to_string()),
            common_name: common_name.and_then(|name| name.as_str().ok()).map(printable),
            issuer: printable(&certificate.issuer().to_string()),
            names: names.unwrap_or_default(),
            not_before: moment(certificate.validity().not_before),
            not_after: moment(certificate.validity().not_after),
        })
    }

    fn names(&self) -> String {
        let shown: Vec<&str> = self.names.iter().take(NAMES_MAX).map(String::as_str).collect();
        shown.join(", ")
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(printable(name)),
        GeneralName::IPAddress(bytes) => match *bytes {
            [a, b, c, d] => Some(std::net::Ipv4Addr::new(*a, *b, *c, *d).to_string()),
            other => {
                let bytes: [u8; 16] = other.try_into().ok()?;
                Some(std::net::Ipv6Addr::from(bytes).to_string())
            }
        },
        _ => None,
    }
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn day(moment: Option<OffsetDateTime>) -> String {
    moment.map_or_else(|| "an unknown day".to_owned(), |moment| moment.date().to_string())
}

fn well(asked: &Asked<'_>, version: &str, shown: Option<&Shown>) -> Found {
    let Some(shown) = shown else { return Found::passed(version.replace('_', " ")) };
    let detail = format!(
        "{} with `{}`: a certificate of {}, valid until {}",
        version.replace('_', "."),
        asked.name,
        shown.issuer,
        day(shown.not_after),
    );
    let soon = OffsetDateTime::now_utc() + ENDS_SOON;
    if shown.not_after.is_some_and(|end| end < soon) {
        return Found::warned(detail, "Renew the certificate of the cluster before that day.");
    }
    Found::passed(detail)
}

fn badly(asked: &Asked<'_>, error: &io::Error, shown: Option<&Shown>) -> Found {
    let Some(cause) = tls::find::<TlsError>(error) else { return closed(asked, error) };
    match (cause, shown) {
        (TlsError::InvalidCertificate(why), Some(shown)) => unfit(asked, why, shown),
        (TlsError::AlertReceived(AlertDescription::UnrecognisedName), _) => {
            unknown_name(asked, "it answers that it knows no such name")
        }
        (TlsError::InvalidMessage(_), _) => Found::failed(
            "what answers there does not speak TLS",
            "Use the port on which the engine speaks TLS (2376 for Docker, 6443 for Kubernetes), \
             or let it serve its API over TLS.",
        ),
        (TlsError::PeerIncompatible(_), _) => Found::failed(
            words(cause),
            "Let the cluster speak TLS 1.2 or 1.3 with ciphers of today.",
        ),
        _ => {
            Found::failed(words(cause), "See what the engine writes to its own log at this moment.")
        }
    }
}

fn unfit(asked: &Asked<'_>, why: &CertificateError, shown: &Shown) -> Found {
    let name = asked.name;
    match why {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            if shown.names.is_empty() {
                let common = shown.common_name.as_deref().unwrap_or(&shown.subject);
                return Found::failed(
                    format!(
                        "its certificate has a Common Name only, `{common}`, and no Subject \
                         Alternative Name; names are verified by the latter alone"
                    ),
                    format!(
                        "Issue the certificate of the cluster anew, with `{name}` as Subject \
                         Alternative Name (`subjectAltName`)."
                    ),
                );
            }
            Found::failed(
                format!("its certificate is for {}, and not for `{name}`", shown.names()),
                "Set `server_name` to a name that the certificate has, or issue the certificate \
                 anew with the name that is asked for.",
            )
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Found::failed(
            format!("its certificate expired on {}", day(shown.not_after)),
            "Renew the certificate of the cluster. Where it has not expired, the clock of the \
             machine that Berth runs on is wrong.",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Found::failed(
                format!("its certificate is valid from {} on only", day(shown.not_before)),
                "See whether the clocks of both machines are right; NTP sets them.",
            )
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Found::failed(
            format!(
                "its certificate, of `{}`, was issued by `{}`, which is not trusted",
                shown.subject, shown.issuer
            ),
            "Give the authority that issued it as `ca`, with the certificate of the cluster or \
             beside it; without one, those that this machine trusts are trusted. Where it is the \
             wrong cluster that answers, mend the URL.",
        ),
        other => Found::failed(
            format!(
                "its certificate, of `{}`, cannot be used: {}",
                shown.subject,
                words(&TlsError::InvalidCertificate(other.clone()))
            ),
            "Issue the certificate of the cluster anew, for a server, as X.509 version 3.",
        ),
    }
}

/// Nobody said why. What routes by name and does not know the name behaves so.
fn closed(asked: &Asked<'_>, error: &io::Error) -> Found {
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            unknown_name(asked, "it closed the connection in the middle of the handshake")
        }
        _ => Found::failed(
            format!("the handshake failed: {}", words(error)),
            "See whether the engine runs, and what it writes to its own log at this moment.",
        ),
    }
}

fn unknown_name(asked: &Asked<'_>, seen: &str) -> Found {
    let name = asked.name;
    if asked.is_address {
        return Found::failed(
            format!("{seen}; no server name was sent, since `{name}` is an address"),
            "Set `server_name` to the name of the cluster: what stands before it chooses by the \
             name (SNI), and an address has none.",
        );
    }
    Found::failed(
        format!("{seen}; it was asked for as `{name}`"),
        "Set `server_name` to the name by which the cluster is known to what stands before it, and \
         see whether it is up.",
    )
}
