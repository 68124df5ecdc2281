//! What a placement constraint of a Swarm service means for a node, as its scheduler reads it.
//! Pure.
//!
//! Values are compared without regard to case, keys with it; a label that is missing is an empty
//! one; and what is not understood never matches.

use bollard::models::Node;
use std::net::IpAddr;

/// Whether a node meets all of them.
pub(super) fn matches(node: &Node, constraints: &[String]) -> bool {
    constraints.iter().all(|constraint| meets(node, constraint))
}

fn meets(node: &Node, constraint: &str) -> bool {
    let (key, value, wanted) = match (constraint.split_once("=="), constraint.split_once("!=")) {
        (Some((key, value)), _) => (key.trim(), value.trim(), true),
        (None, Some((key, value))) => (key.trim(), value.trim(), false),
        (None, None) => return false,
    };
    if key == "node.ip" {
        return within(node, value).is_some_and(|is_within| is_within == wanted);
    }
    found(node, key).is_some_and(|found| found.eq_ignore_ascii_case(value) == wanted)
}

/// What a node has where a constraint looks.
fn found<'a>(node: &'a Node, key: &str) -> Option<std::borrow::Cow<'a, str>> {
    let description = node.description.as_ref();
    let spec = node.spec.as_ref();
    let platform = || description.and_then(|description| description.platform.as_ref());
    let text = |text: Option<&'a String>| Some(text.map_or("", String::as_str).into());
    if let Some(label) = key.strip_prefix("node.labels.") {
        return text(spec.and_then(|spec| spec.labels.as_ref()?.get(label)));
    }
    if let Some(label) = key.strip_prefix("engine.labels.") {
        let engine = description.and_then(|description| description.engine.as_ref());
        return text(engine.and_then(|engine| engine.labels.as_ref()?.get(label)));
    }
    match key {
        "node.id" => text(node.id.as_ref()),
        "node.hostname" => text(description.and_then(|description| description.hostname.as_ref())),
        "node.platform.os" => text(platform().and_then(|platform| platform.os.as_ref())),
        "node.platform.arch" => {
            text(platform().and_then(|platform| platform.architecture.as_ref()))
        }
        "node.role" => Some(spec.and_then(|spec| spec.role)?.to_string().into()),
        _ => None,
    }
}

/// Whether the address of a node is the one that is named, or in the network that is.
fn within(node: &Node, value: &str) -> Option<bool> {
    let address: IpAddr = node.status.as_ref()?.addr.as_ref()?.parse().ok()?;
    let Some((network, length)) = value.split_once('/') else {
        return Some(value.parse::<IpAddr>().ok()? == address);
    };
    let (network, length) = (network.parse::<IpAddr>().ok()?, length.parse::<u32>().ok()?);
    let prefix = |bits: u128, width: u32| bits.checked_shr(width.checked_sub(length)?).or(Some(0));
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let bits = |address: std::net::Ipv4Addr| prefix(u128::from(u32::from(address)), 32);
            Some(bits(network)? == bits(address)?)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let bits = |address: std::net::Ipv6Addr| prefix(u128::from(address), 128);
            Some(bits(network)? == bits(address)?)
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node() -> Node {
        serde_json::from_value(json!({
            "ID": "n1", "Spec": {"Labels": {"zone": "A"}, "Role": "worker"},
            "Description": {
                "Hostname": "paris-1", "Engine": {"Labels": {"disk": "ssd"}},
                "Platform": {"OS": "linux", "Architecture": "x86_64"},
            },
            "Status": {"State": "ready", "Addr": "10.9.0.7"},
        }))
        .unwrap()
    }

    #[test]
    fn a_constraint_is_read_as_the_scheduler_reads_it() {
        for (constraint, expected) in [
            ("node.labels.zone==a", true),
            ("node.labels.zone == A", true),
            ("node.labels.Zone==a", false),
            ("node.labels.zone!=a", false),
            ("node.labels.gpu!=yes", true),
            ("node.labels.gpu==yes", false),
            ("engine.labels.disk==ssd", true),
            ("node.role==worker", true),
            ("node.role!=manager", true),
            ("node.id==n1", true),
            ("node.hostname==PARIS-1", true),
            ("node.platform.os==linux", true),
            ("node.platform.arch==x86_64", true),
            ("node.ip==10.9.0.7", true),
            ("node.ip==10.9.0.0/24", true),
            ("node.ip!=10.9.0.0/24", false),
            ("node.ip==10.8.0.0/16", false),
            ("node.ip==fd00::/8", false),
            ("rack==large", false),
            ("rack!=large", false),
            ("zone", false),
        ] {
            assert_eq!(matches(&node(), &[constraint.to_owned()]), expected, "{constraint}");
        }
    }

    #[test]
    fn all_of_them_must_hold() {
        let both = |second: &str| ["node.labels.zone==a".to_owned(), second.to_owned()];
        assert!(matches(&node(), &both("node.role==worker")));
        assert!(!matches(&node(), &both("node.role==manager")));
        assert!(matches(&node(), &[]));
    }
}
