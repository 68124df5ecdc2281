//! A kubeconfig as somebody hands it over: the file with which `kubectl` reaches a cluster.
//!
//! Only what it says itself is taken: an address, a name, authorities, a certificate or a token.
//! What would run a program, read a file of this machine, go through a proxy or trust anybody is
//! refused, wherever in the file it stands.

use crate::{
    body::Check,
    certificate::{self, Checked},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::Timestamp;
use serde_json::Value;

/// The longest text, in characters.
pub(crate) const CHARACTERS_MAX: usize = 256 * 1024;
/// The deepest that values stand in values.
const DEPTH_MAX: usize = 32;

/// Members that are refused wherever they stand, each with its rule and its reason.
const REFUSED: [(&str, &str, &str); 9] = [
    ("exec", "exec", "would run a program"),
    ("auth-provider", "auth_provider", "would run a plug-in"),
    ("certificate-authority", "file_path", "is a file of another machine; use the `-data` form"),
    ("client-certificate", "file_path", "is a file of another machine; use the `-data` form"),
    ("client-key", "file_path", "is a file of another machine; use the `-data` form"),
    ("tokenFile", "file_path", "is a file of another machine; use `token`"),
    ("proxy-url", "proxy_url", "would send everything through a proxy"),
    ("insecure-skip-tls-verify", "insecure", "would trust anybody"),
    ("username", "basic_auth", "is no way to say who one is any more; use a token"),
];

/// What a kubeconfig says about its current context.
pub(crate) struct Kubeconfig {
    pub(crate) url: String,
    pub(crate) server_name: Option<String>,
    pub(crate) ca: Option<String>,
    pub(crate) certificate: Option<Checked>,
    pub(crate) token: Option<String>,
}

/// Reads a text; `at` is its place in the body.
pub(crate) fn read(check: &mut Check, at: &str, text: &str, now: Timestamp) -> Option<Kubeconfig> {
    if text.len() > CHARACTERS_MAX {
        let detail = format!("must have at most {CHARACTERS_MAX} characters");
        check.refuse(at, "too_long", detail);
        return None;
    }
    let Ok(config) = serde_saphyr::from_str::<Value>(text) else {
        check.refuse(at, "yaml", "must be YAML or JSON, as `kubectl config view --raw` prints it");
        return None;
    };
    let mut refused = vec![];
    search(&config, "", 0, &mut refused);
    for (place, rule, reason) in &refused {
        check.refuse(at, rule, format!("must not have `{place}`, which {reason}"));
    }
    if !refused.is_empty() {
        return None;
    }
    let Some((cluster, user)) = current(&config) else {
        check.refuse(at, "context", "must have a `current-context` with its cluster and its user");
        return None;
    };
    let member = |of: &Value, name: &str| of[name].as_str().map(str::to_owned);
    let Some(url) = member(cluster, "server") else {
        check.refuse(at, "server", "must have a `server` in the cluster of its current context");
        return None;
    };
    let ca = match data(check, at, cluster, "certificate-authority-data")? {
        Some(text) => Some(certificate::authorities_of(check, at, &text, now)?),
        None => None,
    };
    let chain = data(check, at, user, "client-certificate-data")?;
    let key = data(check, at, user, "client-key-data")?;
    let certificate = match (chain, key) {
        (Some(chain), Some(key)) => {
            Some(certificate::Body::new(key, chain, None).checked_whole(check, at, now)?)
        }
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            check.refuse(at, "pair", "must have certificate and key of the client, or neither");
            return None;
        }
    };
    let server_name = member(cluster, "tls-server-name");
    Some(Kubeconfig { url, server_name, ca, certificate, token: member(user, "token") })
}

/// Finds every member that is refused, and where it stands. `false` asks for nothing.
fn search(
    value: &Value,
    place: &str,
    depth: usize,
    found: &mut Vec<(String, &'static str, &'static str)>,
) {
    if depth > DEPTH_MAX {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let known = REFUSED.iter().find(|(refused, _, _)| refused == name);
                if let Some((name, rule, reason)) = known
                    && *value != Value::Bool(false)
                    && !value.is_null()
                {
                    found.push((format!("{place}/{name}"), rule, reason));
                }
                // Names of the file stand in the place, values never.
                let step = if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
                    name.as_str()
                } else {
                    "?"
                };
                search(value, &format!("{place}/{step}"), depth + 1, found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                search(item, &format!("{place}/{index}"), depth + 1, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Cluster and user of the current context.
fn current(config: &Value) -> Option<(&Value, &Value)> {
    let named = |list: &str, name: &str, member: &str| {
        let entries = config[list].as_array()?;
        entries.iter().find(|entry| entry["name"] == name).map(|entry| &entry[member])
    };
    let context = named("contexts", config["current-context"].as_str()?, "context")?;
    let cluster = named("clusters", context["cluster"].as_str()?, "cluster")?;
    let user = named("users", context["user"].as_str()?, "user")?;
    Some((cluster, user))
}

/// A text that stands there in base64; `None` where it is refused.
fn data(check: &mut Check, at: &str, of: &Value, name: &str) -> Option<Option<String>> {
    let Some(text) = of[name].as_str() else { return Some(None) };
    let bytes = STANDARD.decode(text.split_whitespace().collect::<String>()).ok();
    match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(text) => Some(Some(text)),
        None => {
            check.refuse(at, "base64", format!("must have base64 of PEM as `{name}`"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};
    use time::OffsetDateTime;

    fn now() -> Timestamp {
        Timestamp::new(OffsetDateTime::now_utc())
    }

    fn config(cluster: &str, user: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: main\n\
             contexts:\n- name: main\n  context: {{cluster: one, user: me, namespace: x}}\n\
             clusters:\n- name: one\n  cluster: {{server: 'https://k8s.internal:6443'{cluster}}}\n\
             users:\n- name: me\n  user: {{{user}}}\n"
        )
    }

    fn refused(text: &str) -> (String, String) {
        let mut check = Check::default();
        let read = read(&mut check, "/kubeconfig", text, now());
        let problem = check.done(read).err().expect("a refusal");
        let error = problem.errors().first().expect("a field").clone();
        assert_eq!(error.field, "/kubeconfig");
        (error.rule.to_owned(), error.detail)
    }

    fn accepted(text: &str) -> Kubeconfig {
        let mut check = Check::default();
        let read = read(&mut check, "/kubeconfig", text, now());
        check.done(read).expect("nothing to be refused")
    }

    #[test]
    fn a_token_and_its_authorities_are_taken() {
        let key = KeyPair::generate().unwrap();
        let ca = CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap().pem();
        let cluster = format!(
            ", certificate-authority-data: {}, tls-server-name: k8s.internal, \
             insecure-skip-tls-verify: false",
            STANDARD.encode(&ca)
        );
        let token = format!("{:032x}", rand::random::<u128>());
        let found = accepted(&config(&cluster, &format!("token: 't{token}'")));
        assert_eq!(found.url, "https://k8s.internal:6443");
        assert_eq!(found.server_name.as_deref(), Some("k8s.internal"));
        assert_eq!(found.token, Some(format!("t{token}")));
        assert!(found.ca.is_some() && found.certificate.is_none());
    }

    #[test]
    fn a_certificate_with_its_key_is_taken() {
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap().pem();
        let chain = format!("client-certificate-data: {}", STANDARD.encode(own));
        let secret = format!("client-key-data: {}", STANDARD.encode(key.serialize_pem()));
        assert!(accepted(&config("", &format!("{chain}, {secret}"))).certificate.is_some());
        assert_eq!(refused(&config("", &chain)).0, "pair");
        assert_eq!(refused(&config("", &secret)).0, "pair");
        let other = STANDARD.encode(KeyPair::generate().unwrap().serialize_pem());
        let mismatch = refused(&config("", &format!("{chain}, client-key-data: {other}")));
        assert_eq!(mismatch.0, "key_mismatch");
    }

    #[test]
    fn what_reaches_beyond_the_file_is_refused_by_name() {
        for (cluster, user, rule, place) in [
            ("", "exec: {command: aws}", "exec", "/users/0/user/exec"),
            ("", "auth-provider: {name: gcp}", "auth_provider", "/users/0/user/auth-provider"),
            ("", "client-key: /k", "file_path", "/users/0/user/client-key"),
            ("", "client-certificate: /c", "file_path", "/users/0/user/client-certificate"),
            ("", "tokenFile: /t", "file_path", "/users/0/user/tokenFile"),
            (", certificate-authority: /a", "", "file_path", "/clusters/0/cluster/certificate-"),
            (", proxy-url: 'http://p'", "", "proxy_url", "/clusters/0/cluster/proxy-url"),
            (", insecure-skip-tls-verify: true", "", "insecure", "insecure-skip-tls-verify"),
            ("", "username: a, password: b", "basic_auth", "/users/0/user/username"),
        ] {
            let (word, detail) = refused(&config(cluster, user));
            assert_eq!(word, rule);
            assert!(detail.contains(place), "{detail}");
        }
        let unused = format!("{}- name: other\n  user: {{exec: {{command: x}}}}\n", config("", ""));
        assert_eq!(refused(&unused).0, "exec");
    }

    #[test]
    fn what_is_no_kubeconfig_is_refused() {
        assert_eq!(refused("a: [").0, "yaml");
        assert_eq!(refused(&"x".repeat(CHARACTERS_MAX + 1)).0, "too_long");
        assert_eq!(refused("{}").0, "context");
        assert_eq!(refused("text").0, "context");
        assert_eq!(
            refused(&config("", "").replace("main", "x").replacen('x', "y", 1)).0,
            "context"
        );
        assert_eq!(refused(&config("", "").replace("server:", "serve:")).0, "server");
        assert_eq!(refused(&config(", certificate-authority-data: '!'", "")).0, "base64");
        assert_eq!(refused(&config(", certificate-authority-data: eA==", "")).0, "pem");
    }

    #[test]
    fn a_text_that_unfolds_without_end_is_refused() {
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (name, before) in "bcdefghijk".chars().zip("abcdefghij".chars()) {
            let references = format!("*{before}, ").repeat(9);
            bomb.push_str(&format!("{name}: &{name} [{}]\n", references.trim_end_matches(", ")));
        }
        assert_eq!(refused(&bomb).0, "yaml");
    }
}
