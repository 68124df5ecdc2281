//! The address of a cluster's API.

use serde::{Deserialize, Serialize};
use std::{fmt, net::Ipv6Addr};

/// `http://` or `https://`, a host, a port and perhaps a path; nothing that hides a credential.
///
/// Deserialization does not check: a recorded URL was accepted once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ClusterUrl(String);

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No scheme that Berth speaks.
    #[error("must start with `http://` or `https://`")]
    Scheme,
    /// Nobody to ask.
    #[error("must name a host: a DNS name, an IPv4 address or an IPv6 address in brackets")]
    Host,
    /// No number, or one outside 1 to 65535.
    #[error("must have a port from 1 to 65535, or none")]
    Port,
    /// A user, a password, a query or a fragment.
    #[error("must not contain a user, a password, a query or a fragment")]
    Extra,
    /// A path that is none.
    #[error("must have a path of A-Z, a-z, 0-9, `-._~/` without `..`, or none")]
    Path,
    /// Longer than any real one.
    #[error("must have at most {most} characters")]
    TooLong {
        /// The bound.
        most: usize,
    },
}

impl ClusterUrl {
    /// The longest address, in characters.
    pub const CHARACTERS_MAX: usize = 300;

    /// Checks an address and writes it in one way: lower case, IPv6 in its shortest form, no
    /// default port, no slash at the end. Two addresses of one API are then equal.
    ///
    /// # Errors
    /// Names the rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.chars().count() > Self::CHARACTERS_MAX {
            return Err(Error::TooLong { most: Self::CHARACTERS_MAX });
        }
        let (scheme, rest) = text.split_once("://").ok_or(Error::Scheme)?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "http" && scheme != "https" {
            return Err(Error::Scheme);
        }
        if rest.contains(['@', '?', '#', '\\']) {
            return Err(Error::Extra);
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = split_port(authority)?;
        let host = one_host(host)?;
        let path = path.trim_end_matches('/');
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
        if !path.chars().all(plain) || path.split('/').any(|part| part == "..") {
            return Err(Error::Path);
        }
        let default = if scheme == "http" { 80 } else { 443 };
        let port = port.filter(|port| *port != default).map(|port| format!(":{port}"));
        Ok(Self(format!("{scheme}://{host}{}{path}", port.unwrap_or_default())))
    }

    /// Whether what is said can be read on the way.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.starts_with("http://")
    }

    /// Scheme, host and port: who is asked.
    #[must_use]
    pub fn origin(&self) -> &str {
        let host = self.0.find("://").map_or(0, |at| at + 3);
        let end = self.0[host..].find('/').map_or(self.0.len(), |at| host + at);
        &self.0[..end]
    }

    /// The host: a name, an IPv4 address, or an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.origin().split_once("://").map_or("", |(_, rest)| rest);
        match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => address,
            None => authority.split(':').next().unwrap_or_default(),
        }
    }

    /// The port: the one that is written, or that of the scheme.
    #[must_use]
    pub fn port(&self) -> u16 {
        let written = self.origin().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        written.unwrap_or(if self.is_plain() { 80 } else { 443 })
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClusterUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), Error> {
    let after_host = authority.rfind(']').map_or(0, |end| end + 1);
    if after_host == 0 && authority.starts_with('[') {
        return Err(Error::Host);
    }
    let Some(colon) = authority[after_host..].find(':').map(|at| at + after_host) else {
        return Ok((authority, None));
    };
    let digits = &authority[colon + 1..];
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let port = digits.parse().ok().filter(|port| is_number && *port != 0).ok_or(Error::Port)?;
    Ok((&authority[..colon], Some(port)))
}

/// The host in its one form: a name in lower case, an IPv6 address as short as it can be.
fn one_host(host: &str) -> Result<String, Error> {
    check_host(host)?;
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inner.and_then(|inner| inner.parse::<Ipv6Addr>().ok()) {
        Some(address) => Ok(format!("[{address}]")),
        None => Ok(host.to_ascii_lowercase()),
    }
}

/// Names of digits and dots alone must be IPv4 addresses as people write them: forms such as
/// `0177.1` or `2130706433` mean another address to another program.
pub(crate) fn check_host(host: &str) -> Result<(), Error> {
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse::<Ipv6Addr>().map(drop).map_err(|_| Error::Host);
    }
    if host.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return host.parse::<std::net::Ipv4Addr>().map(drop).map_err(|_| Error::Host);
    }
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let numeric_end = host
        .rsplit('.')
        .next()
        .is_some_and(|part| is_hexadecimal(part) || part.bytes().all(|b| b.is_ascii_digit()));
    let fine = host.len() <= 253 && !numeric_end && host.split('.').all(label);
    if fine { Ok(()) } else { Err(Error::Host) }
}

fn is_hexadecimal(part: &str) -> bool {
    part.starts_with("0x") || part.starts_with("0X")
}

/// A server name (SNI): a DNS name or an IP address without brackets.
///
/// # Errors
/// `Error::Host` for anything else.
pub fn check_server_name(text: &str) -> Result<(), Error> {
    if text.parse::<Ipv6Addr>().is_ok() { Ok(()) } else { check_host(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_in_one_way() {
        let parse = |text| ClusterUrl::parse(text).unwrap().0;
        assert_eq!(parse("HTTP://Swarm-1.Internal:2375/"), "http://swarm-1.internal:2375");
        assert_eq!(parse("https://[fd00::1]:2376"), "https://[fd00::1]:2376");
        assert_eq!(parse("https://[FD00:0:0::0:1]"), "https://[fd00::1]");
        assert_eq!(parse("https://a:0443/"), "https://a");
        assert_eq!(parse("http://a:443"), "http://a:443");
        assert_eq!(parse("http://a:80/x"), "http://a/x");
        assert_eq!(parse("https://rancher/k8s/clusters/c-x1"), "https://rancher/k8s/clusters/c-x1");
    }

    #[test]
    fn who_is_asked_is_told_from_the_path() {
        let parse = |text| ClusterUrl::parse(text).unwrap();
        assert_eq!(parse("https://a:6443/x/y").origin(), "https://a:6443");
        assert_eq!(parse("https://a").origin(), "https://a");
        assert_eq!(parse("https://a:6443/x").host(), "a");
        assert_eq!(parse("http://10.9.0.1/x").host(), "10.9.0.1");
        assert_eq!(parse("https://[fd00::1]:6443/x").host(), "fd00::1");
        assert_eq!(parse("https://[fd00::1]").host(), "fd00::1");
    }

    #[test]
    fn each_rule_is_named() {
        let refused = |text: &str| ClusterUrl::parse(text).unwrap_err();
        assert_eq!(refused("swarm-1:2375"), Error::Scheme);
        assert_eq!(refused("ftp://a"), Error::Scheme);
        assert_eq!(refused("http://"), Error::Host);
        assert_eq!(refused("http://a b"), Error::Host);
        assert_eq!(refused("http://256.1.1.1"), Error::Host);
        assert_eq!(refused("http://0177.1"), Error::Host);
        assert_eq!(refused("http://2130706433"), Error::Host);
        assert_eq!(refused("http://0x7f.0x1"), Error::Host);
        assert_eq!(refused("http://0X7F"), Error::Host);
        assert_eq!(refused("http://[::1"), Error::Host);
        assert_eq!(refused("http://a:0"), Error::Port);
        assert_eq!(refused("http://a:+1"), Error::Port);
        assert_eq!(refused("http://a:99999"), Error::Port);
        assert_eq!(refused("http://user@a"), Error::Extra);
        assert_eq!(refused("http://a/?x"), Error::Extra);
        assert_eq!(refused("http://a/../b"), Error::Path);
        assert_eq!(refused(&format!("http://{}", "a".repeat(400))), Error::TooLong { most: 300 });
    }
}
