//! How the programs of a control plane are started.

use super::credentials::{Credentials, kubeconfig};
use std::net::Ipv4Addr;

/// Of the API server.
pub(super) const PORT: u16 = 6443;
/// Of the gate before the API server.
pub(super) const GATE_PORT: u16 = 8001;
const ETCD: &str = "http://127.0.0.1:2379";
const ETCD_PEER: &str = "http://127.0.0.1:2380";
/// A node that said nothing for so long is not known to be ready. Kubernetes' own choice is 50 s,
/// too long for a test.
const NODE_GRACE: &str = "10s";
/// A node says four times in so many seconds that it lives.
const NODE_LEASE_SECONDS: &str = "8";

/// What it plays, as the name of a file and what is in it.
pub(super) const STAGES: (&str, &str) =
    ("stages.yaml", include_str!("../../../kubernetes/stages.yaml"));

fn options<const N: usize>(all: [(&str, &str); N]) -> Vec<String> {
    all.map(|(name, value)| format!("--{name}={value}")).into()
}

/// Its data may be lost with the machine, so nothing is flushed.
pub(super) fn etcd(credentials: &Credentials) -> Vec<String> {
    options([
        ("name", "lab"),
        ("data-dir", &credentials.file("etcd")),
        ("listen-client-urls", ETCD),
        ("advertise-client-urls", ETCD),
        ("listen-peer-urls", ETCD_PEER),
        ("initial-advertise-peer-urls", ETCD_PEER),
        ("initial-cluster", &format!("lab={ETCD_PEER}")),
        ("unsafe-no-fsync", "true"),
        ("log-level", "warn"),
    ])
}

pub(super) fn api_server(credentials: &Credentials, address: Ipv4Addr) -> Vec<String> {
    let address = address.to_string();
    options([
        ("etcd-servers", ETCD),
        ("bind-address", &address),
        ("advertise-address", &address),
        ("secure-port", &PORT.to_string()),
        ("tls-cert-file", &credentials.file("server.pem")),
        ("tls-private-key-file", &credentials.file("server.key")),
        ("client-ca-file", &credentials.file("ca.pem")),
        ("authorization-mode", "RBAC"),
        ("service-account-issuer", "https://kubernetes.default.svc"),
        ("service-account-key-file", &credentials.file("accounts.pub")),
        ("service-account-signing-key-file", &credentials.file("accounts.key")),
        ("service-cluster-ip-range", "10.96.0.0/16"),
        ("profiling", "false"),
    ])
}

pub(super) fn controller_manager(credentials: &Credentials) -> Vec<String> {
    options([
        ("kubeconfig", &credentials.file(&kubeconfig("system:kube-controller-manager"))),
        ("service-account-private-key-file", &credentials.file("accounts.key")),
        ("root-ca-file", &credentials.file("ca.pem")),
        // Each controller with rights of its own, as everywhere.
        ("use-service-account-credentials", "true"),
        ("leader-elect", "false"),
        ("node-monitor-grace-period", NODE_GRACE),
        ("node-monitor-period", "1s"),
        // Nobody asks it anything.
        ("secure-port", "0"),
    ])
}

pub(super) fn scheduler(credentials: &Credentials) -> Vec<String> {
    options([
        ("kubeconfig", &credentials.file(&kubeconfig("system:kube-scheduler"))),
        ("leader-elect", "false"),
        ("secure-port", "0"),
    ])
}

/// Plays the kubelets of all nodes.
pub(super) fn kwok(credentials: &Credentials) -> Vec<String> {
    options([
        ("kubeconfig", &credentials.file(&kubeconfig("kwok"))),
        ("config", &credentials.file(STAGES.0)),
        ("manage-all-nodes", "true"),
        ("node-lease-duration-seconds", NODE_LEASE_SECONDS),
    ])
}

/// Passes everything on to the API server, as the administrator.
pub(super) fn gate(credentials: &Credentials, address: Ipv4Addr) -> Vec<String> {
    let arguments = options([
        ("kubeconfig", &credentials.file(&kubeconfig("admin"))),
        ("address", &address.to_string()),
        ("port", &GATE_PORT.to_string()),
        ("accept-hosts", ".*"),
    ]);
    [vec!["proxy".to_owned()], arguments].concat()
}
