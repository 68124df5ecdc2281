//! The fields of requests that the `OpenAPI` document calls secret, so that none of them is left
//! out when canaries are planted.

use super::{Canaries, fields};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;

/// Formats that nothing but secrets have.
const FORMATS: [&str; 3] = ["kubeconfig", "password", "pem-private-key"];
/// How deep a body is looked into.
const DEPTH_MAX: usize = 12;

/// A field of a request that takes a secret.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Secret {
    method: String,
    route: String,
    name: String,
}

impl Secret {
    /// Whether a request is of this operation.
    fn is_of(&self, method: &Method, path: &str) -> bool {
        let (route, path): (Vec<&str>, Vec<&str>) =
            (self.route.split('/').collect(), path.split('/').collect());
        let fits = |(part, given): (&&str, &&str)| part.starts_with('{') || part == given;
        self.method == method.as_str().to_lowercase()
            && route.len() == path.len()
            && route.iter().zip(&path).all(fits)
    }
}

/// Every one of them.
fn secrets() -> BTreeSet<Secret> {
    let document: Value = serde_json::from_str(api::openapi::COMMITTED).unwrap();
    let mut found = BTreeSet::new();
    for (route, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            let mut names = BTreeSet::new();
            collect(&document, body, DEPTH_MAX, &mut names);
            let secret = |name| Secret { method: method.clone(), route: route.clone(), name };
            found.extend(names.into_iter().map(secret));
        }
    }
    found
}

fn collect(document: &Value, schema: &Value, depth: usize, names: &mut BTreeSet<String>) {
    assert!(depth > 0, "a body of a request is deeper than {DEPTH_MAX}");
    let schema = match schema["$ref"].as_str() {
        Some(place) => document.pointer(place.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    for list in ["allOf", "anyOf", "oneOf"] {
        for one in schema[list].as_array().into_iter().flatten() {
            collect(document, one, depth - 1, names);
        }
    }
    if schema["items"].is_object() {
        collect(document, &schema["items"], depth - 1, names);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let format = field["format"].as_str().unwrap_or_default();
        if field["writeOnly"] == true || FORMATS.contains(&format) {
            names.insert(name.clone());
        }
        collect(document, field, depth - 1, names);
    }
}

#[test]
fn every_field_that_the_contract_calls_secret_has_a_canary() {
    let fields = fields(&mut Canaries::default());
    let secrets = secrets();
    assert!(secrets.len() > 10, "{secrets:#?}");
    let is_planted = |secret: &Secret| {
        let member = format!("\"{}\":", secret.name);
        let of = fields.iter().filter(|field| secret.is_of(&field.method, field.path));
        of.map(|field| field.body.to_string()).any(|body| body.contains(&member))
    };
    let left: Vec<_> = secrets.iter().filter(|secret| !is_planted(secret)).collect();
    assert!(left.is_empty(), "these take a secret, and no canary is planted there: {left:#?}");
}
