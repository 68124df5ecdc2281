//! Who sits before the API and keeps a list of what was used.

use reqwest::{Client, Method};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};
use tests::harness::{Berth, wait::eventually};

/// A running service, and the routes that answered with success.
pub(super) struct Visitor {
    pub(super) berth: Berth,
    pub(super) client: Client,
    pub(super) routes: BTreeSet<String>,
}

impl Visitor {
    pub(super) async fn at(folder: &Path) -> Self {
        let settings = [("BERTH_WORKER__SWEEP_INTERVAL_MS", "2000")];
        let berth = Berth::start(folder, &settings).await;
        Self { berth, client: Client::new(), routes: BTreeSet::new() }
    }

    /// Commands something by a route, with these in the places of its parameters.
    async fn say(&mut self, method: Method, route: &str, of: &[&str], body: Value) -> Value {
        let path = filled(route, of);
        let body = (!body.is_null()).then_some(&body);
        let (status, answer) = self.berth.ask(method.clone(), &path, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
        self.routes.insert(format!("{method} {route}"));
        answer
    }

    pub(super) async fn post(&mut self, route: &str, of: &[&str], body: Value) -> Value {
        self.say(Method::POST, route, of, body).await
    }

    pub(super) async fn put(&mut self, route: &str, of: &[&str], body: Value) -> Value {
        self.say(Method::PUT, route, of, body).await
    }

    pub(super) async fn patch(&mut self, route: &str, of: &[&str], body: Value) -> Value {
        self.say(Method::PATCH, route, of, body).await
    }

    pub(super) async fn delete(&mut self, route: &str, of: &[&str]) -> Value {
        self.say(Method::DELETE, route, of, Value::Null).await
    }

    pub(super) async fn get(&mut self, route: &str, of: &[&str]) -> Value {
        self.until(route, of, |_| true).await
    }

    /// Reads a route until it shows what is awaited.
    pub(super) async fn until(
        &mut self,
        route: &str,
        of: &[&str],
        holds: impl Fn(&Value) -> bool,
    ) -> Value {
        let path = filled(route, of);
        let shown = eventually(&format!("{path} follows"), async || {
            let (status, answer) = self.berth.ask(Method::GET, &path, None).await;
            (status.is_success() && holds(&answer)).then_some(answer)
        })
        .await;
        self.routes.insert(format!("GET {route}"));
        shown
    }

    /// The page of a list that must have something in it by now.
    pub(super) async fn list(&mut self, route: &str, of: &[&str]) -> Vec<Value> {
        let any = |page: &Value| page["items"].as_array().is_some_and(|items| !items.is_empty());
        self.until(route, of, any).await["items"].as_array().unwrap().clone()
    }
}

pub(super) fn id(answer: &Value) -> String {
    text(answer, "id")
}

pub(super) fn text(answer: &Value, member: &str) -> String {
    answer[member].as_str().unwrap_or_else(|| panic!("no {member}: {answer}")).to_owned()
}

/// The path of a route, with these in the places of its parameters.
fn filled(route: &str, of: &[&str]) -> String {
    let mut of = of.iter();
    let mut part = |part: &str| {
        let is_parameter = part.starts_with('{');
        if is_parameter { (*of.next().unwrap()).to_owned() } else { part.to_owned() }
    };
    let parts: Vec<String> = route.split('/').map(&mut part).collect();
    parts.join("/")
}
