//! Which addresses Berth may be sent to. Whoever registers a cluster chooses where Berth connects,
//! so some places are refused: those from which a machine is configured or answers for itself.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// Networks that are refused, but for those that are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    refused: Vec<Network>,
    allowed: Vec<Network>,
}

/// Addresses that begin with the same bits: `169.254.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no network; one looks like `169.254.0.0/16`, `fe80::/10` or `10.9.0.1`")]
pub struct NoNetwork(pub String);

impl Rules {
    /// Unspecified, link-local, multicast and broadcast addresses, and those at which clouds answer
    /// with the credentials of the machine that asks.
    pub const REFUSED: &str = "0.0.0.0/8, 100.100.100.200, 168.63.129.16, 169.254.0.0/16, \
        192.0.0.192, 224.0.0.0/4, 255.255.255.255, ::, fd00:ec2::/64, fd20:ce::254, fe80::/10, \
        ff00::/8";

    /// From two lists, separated by commas.
    ///
    /// # Errors
    /// Names the entry that is no network.
    pub fn parse(refused: &str, allowed: &str) -> Result<Self, NoNetwork> {
        Ok(Self { refused: list(refused)?, allowed: list(allowed)? })
    }

    /// Whether Berth may connect to an address. One that carries another within itself is judged
    /// by both.
    #[must_use]
    pub fn admits(&self, address: IpAddr) -> bool {
        let is_in = |list: &[Network], address| list.iter().any(|one| one.contains(address));
        let admitted = |address| is_in(&self.allowed, address) || !is_in(&self.refused, address);
        admitted(address) && carried(address).into_iter().map(IpAddr::V4).all(admitted)
    }

    /// Whether a host may be asked, as far as that is known before its name is resolved.
    #[must_use]
    pub fn admits_host(&self, host: &str) -> bool {
        host.parse().map_or(true, |address| self.admits(address))
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::parse(Self::REFUSED, "").unwrap_or(Self { refused: vec![], allowed: vec![] })
    }
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        let matches = |own: &[u8], other: &[u8]| {
            let (bytes, bits) = (usize::from(self.prefix / 8), self.prefix % 8);
            let rest = |bytes: &[u8], at: usize| {
                bytes.get(at).map_or(0, |byte| byte.checked_shr(u32::from(8 - bits)).unwrap_or(0))
            };
            own.get(..bytes) == other.get(..bytes)
                && (bits == 0 || rest(own, bytes) == rest(other, bytes))
        };
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => matches(&own.octets(), &other.octets()),
            (IpAddr::V6(own), IpAddr::V6(other)) => matches(&own.octets(), &other.octets()),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = NoNetwork;
    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let none = || NoNetwork(text.to_owned());
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().map_err(|_| none())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(digits) => digits.parse().map_err(|_| none())?,
            None => most,
        };
        if prefix > most { Err(none()) } else { Ok(Self { address, prefix }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

fn list(text: &str) -> Result<Vec<Network>, NoNetwork> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::parse).collect()
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, NAT64, 6to4.
fn carried(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else { return None };
    let bytes = address.octets();
    let last = Ipv4Addr::new(bytes[12], bytes[13], bytes[14], bytes[15]);
    let begins = |prefix: &[u8]| bytes.starts_with(prefix);
    let is_loopback_or_none = address == Ipv6Addr::LOCALHOST || address == Ipv6Addr::UNSPECIFIED;
    if begins(&[0x20, 0x02]) {
        return Some(Ipv4Addr::new(bytes[2], bytes[3], bytes[4], bytes[5]));
    }
    let nat64 = begins(&[0, 0x64, 0xff, 0x9b]);
    let mapped = begins(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
    let compatible = begins(&[0; 12]) && !is_loopback_or_none;
    (nat64 || mapped || compatible).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(rules: &Rules, address: &str) -> bool {
        rules.admits(address.parse().unwrap())
    }

    #[test]
    fn what_answers_for_the_machine_itself_is_refused() {
        let rules = Rules::default();
        for refused in [
            "169.254.169.254",
            "169.254.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "239.1.1.1",
            "255.255.255.255",
            "100.100.100.200",
            "168.63.129.16",
            "::",
            "fe80::1",
            "febf::1",
            "ff02::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "::169.254.169.254",
            "::ffff:0.0.0.0",
        ] {
            assert!(!admits(&rules, refused), "{refused}");
        }
        for admitted in [
            "127.0.0.1",
            "10.0.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "1.1.1.1",
            "::1",
            "fd00::1",
            "2001:db8::1",
            "fec0::1",
            "169.253.255.255",
            "::ffff:10.0.0.1",
            "100.100.100.201",
        ] {
            assert!(admits(&rules, admitted), "{admitted}");
        }
    }

    #[test]
    fn both_lists_are_the_operators() {
        let rules = Rules::parse("10.0.0.0/8, 2001:db8::/33", "10.9.0.0/24,").unwrap();
        assert!(!admits(&rules, "10.8.0.1") && !admits(&rules, "2001:db8:7fff::1"));
        assert!(admits(&rules, "10.9.0.255") && !admits(&rules, "10.9.1.0"));
        assert!(admits(&rules, "169.254.169.254") && admits(&rules, "2001:db8:8000::1"));
        assert!(rules.admits_host("swarm.internal") && !rules.admits_host("10.8.0.1"));
        let open = Rules::parse("0.0.0.0/0", "0.0.0.0/0").unwrap();
        assert!(admits(&open, "169.254.169.254"));
    }

    #[test]
    fn what_is_no_network_is_named() {
        for text in ["x", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/-1", "10.0.0.0/"] {
            assert_eq!(Rules::parse(text, ""), Err(NoNetwork(text.to_owned())));
            assert_eq!(Rules::parse("", text), Err(NoNetwork(text.to_owned())));
        }
        assert_eq!("fe80::/10".parse::<Network>().unwrap().to_string(), "fe80::/10");
    }
}
