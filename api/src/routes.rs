//! Every route in one table: method, path, who may, and the file that answers.
//!
//! The table makes the application, the `OpenAPI` document and the authorization tests, so a route
//! that is not in it does not exist, and one that is cannot lack any of the three.

pub mod access;
mod certificates;
pub(crate) mod clusters;
mod connectivity_tests;
pub(crate) mod events;
mod history;
mod images;
mod listing;
mod me;
mod nodes;
mod operations;
mod organizations;
mod past;
mod principals;
mod problems;
mod profiles;
mod providers;
mod registries;
mod roles;
mod secrets;
mod tokens;
mod workloads;

use crate::{
    auth, http,
    problem::{Code, Problem},
};
use access::Access;
use actix_web::{
    HttpRequest, HttpResponse, ResponseError, Route,
    guard::{self, Guard},
    http::{Method, header},
    middleware::from_fn,
    web::{self, ServiceConfig},
};
use std::collections::BTreeMap;
use utoipa::OpenApi;

/// One route.
pub struct Entry {
    /// The method; a `GET` also answers `HEAD`.
    pub method: Method,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
    handler: fn() -> Route,
}

macro_rules! table {
    ($($access:ident $method:ident $path:literal => $($step:ident)::+;)+) => {
        /// Every route.
        pub static TABLE: &[Entry] = &[$(Entry {
            method: Method::$method,
            path: $path,
            access: Access::$access,
            handler: || Route::new().to($($step)::+::handle),
        },)+];

        /// What each handler says of itself.
        #[derive(OpenApi)]
        #[openapi(paths($($($step)::+::handle),+))]
        pub(crate) struct Described;
    };
}

table! {
    Administrator POST   "/v1/providers" => providers::create;
    Authenticated GET    "/v1/providers" => providers::list;
    Authenticated GET    "/v1/providers/{id}" => providers::get;
    Administrator PATCH  "/v1/providers/{id}" => providers::change;
    Administrator DELETE "/v1/providers/{id}" => providers::remove;
    Administrator POST   "/v1/providers/{id}/enable" => providers::enable;
    Administrator POST   "/v1/providers/{id}/disable" => providers::disable;
    Administrator POST   "/v1/providers/{id}/test" => providers::test;
    Auditor       GET    "/v1/providers/{id}/failover-policy" => providers::get_failover_policy;
    Administrator PATCH  "/v1/providers/{id}/failover-policy"
        => providers::change_failover_policy;
    Authenticated GET    "/v1/providers/{id}/history" => providers::history;
    Authenticated GET    "/v1/providers/{id}/history/diff" => providers::diff;
    Authenticated GET    "/v1/providers/{id}/labels" => providers::labels;

    Administrator POST   "/v1/providers/{id}/clusters" => clusters::add;
    Auditor       GET    "/v1/providers/{id}/clusters" => clusters::list;
    Administrator PATCH  "/v1/providers/{id}/clusters" => clusters::rank;
    Auditor       GET    "/v1/providers/{id}/clusters/{cluster_id}" => clusters::get;
    Administrator PATCH  "/v1/providers/{id}/clusters/{cluster_id}" => clusters::change;
    Administrator DELETE "/v1/providers/{id}/clusters/{cluster_id}" => clusters::remove;

    Auditor       GET    "/v1/providers/{id}/registries" => registries::list;
    Auditor       GET    "/v1/providers/{id}/registries/{registry}" => registries::get;
    Administrator PUT    "/v1/providers/{id}/registries/{registry}" => registries::set;
    Administrator DELETE "/v1/providers/{id}/registries/{registry}" => registries::remove;

    Administrator POST   "/v1/connectivity-tests" => connectivity_tests::request;
    Auditor       GET    "/v1/connectivity-tests/{id}" => connectivity_tests::get;
    Auditor       GET    "/v1/connectivity-tests/{id}/stream" => connectivity_tests::stream;

    Administrator POST   "/v1/certificates" => certificates::import;
    Auditor       GET    "/v1/certificates" => certificates::list;
    Auditor       GET    "/v1/certificates/{id}" => certificates::get;
    Administrator PUT    "/v1/certificates/{id}" => certificates::replace;
    Administrator DELETE "/v1/certificates/{id}" => certificates::remove;

    Auditor       GET    "/v1/providers/{id}/nodes" => nodes::list;
    Auditor       GET    "/v1/providers/{id}/nodes/{node_id}" => nodes::get;
    Administrator PUT    "/v1/providers/{id}/nodes/{node_id}/labels/{key}" => nodes::label;
    Administrator DELETE "/v1/providers/{id}/nodes/{node_id}/labels/{key}" => nodes::remove_label;
    Administrator PUT    "/v1/providers/{id}/nodes/{node_id}/availability"
        => nodes::set_availability;
    Administrator POST   "/v1/providers/{id}/nodes/{node_id}/drain" => nodes::drain;
    Administrator DELETE "/v1/providers/{id}/nodes/{node_id}/drain" => nodes::cancel_drain;

    Administrator POST   "/v1/providers/{id}/images" => images::declare;
    Authenticated GET    "/v1/providers/{id}/images" => images::list;
    Auditor       GET    "/v1/providers/{id}/images/export" => images::export;
    Administrator POST   "/v1/providers/{id}/images/import" => images::import;
    Authenticated GET    "/v1/providers/{id}/images/{image_id}" => images::get;
    Administrator DELETE "/v1/providers/{id}/images/{image_id}" => images::withdraw;
    Administrator POST   "/v1/providers/{id}/images/{image_id}/enable" => images::enable;
    Administrator POST   "/v1/providers/{id}/images/{image_id}/disable" => images::disable;
    Administrator PUT    "/v1/providers/{id}/images/{image_id}/visibility"
        => images::change_visibility;

    Administrator POST   "/v1/providers/{id}/secrets" => secrets::create;
    Auditor       GET    "/v1/providers/{id}/secrets" => secrets::list;
    Auditor       GET    "/v1/providers/{id}/secrets/{secret_id}" => secrets::get;
    Administrator DELETE "/v1/providers/{id}/secrets/{secret_id}" => secrets::remove;
    Administrator POST   "/v1/providers/{id}/secrets/{secret_id}/rotate" => secrets::rotate;
    Auditor       GET    "/v1/providers/{id}/clusters/{cluster_id}/secrets"
        => secrets::list_foreign;
    Administrator POST   "/v1/providers/{id}/clusters/{cluster_id}/secrets/{native_id}/adopt"
        => secrets::adopt;

    Administrator POST   "/v1/organizations" => organizations::register;
    Authenticated GET    "/v1/organizations" => organizations::list;
    Reader        GET    "/v1/organizations/{id}" => organizations::get;
    Administrator PATCH  "/v1/organizations/{id}" => organizations::rename;
    Reader        GET    "/v1/organizations/{id}/providers" => organizations::providers;
    Administrator PUT    "/v1/organizations/{id}/providers/{provider_id}"
        => organizations::associate;
    Administrator DELETE "/v1/organizations/{id}/providers/{provider_id}"
        => organizations::dissociate;

    OrganizationAdministrator POST "/v1/organizations/{id}/profiles" => profiles::define;
    Reader        GET    "/v1/organizations/{id}/profiles" => profiles::list;
    Reader        POST   "/v1/organizations/{id}/profiles/preview" => profiles::preview_draft;
    Reader        GET    "/v1/organizations/{id}/profiles/{profile_id}" => profiles::get;
    OrganizationAdministrator PATCH "/v1/organizations/{id}/profiles/{profile_id}"
        => profiles::change;
    OrganizationAdministrator DELETE "/v1/organizations/{id}/profiles/{profile_id}"
        => profiles::remove;
    Reader        POST   "/v1/organizations/{id}/profiles/{profile_id}/preview"
        => profiles::preview;

    OrganizationAdministrator POST "/v1/organizations/{id}/workloads" => workloads::request;
    Reader        GET    "/v1/organizations/{id}/workloads" => workloads::list;
    Reader        GET    "/v1/organizations/{id}/workloads/{workload_id}" => workloads::get;
    OrganizationAdministrator DELETE "/v1/organizations/{id}/workloads/{workload_id}"
        => workloads::remove;
    Member        POST   "/v1/organizations/{id}/workloads/{workload_id}/scale"
        => workloads::scale;
    OrganizationAdministrator POST "/v1/organizations/{id}/workloads/{workload_id}/start"
        => workloads::start;
    OrganizationAdministrator POST "/v1/organizations/{id}/workloads/{workload_id}/stop"
        => workloads::stop;
    OrganizationAdministrator POST "/v1/organizations/{id}/workloads/{workload_id}/update"
        => workloads::update;

    Authenticated GET    "/v1/events" => events::list;
    Authenticated GET    "/v1/events/stream" => events::stream;

    Administrator POST   "/v1/tokens" => tokens::issue;
    Auditor       GET    "/v1/tokens" => tokens::list;
    Auditor       GET    "/v1/tokens/{id}" => tokens::get;
    Administrator DELETE "/v1/tokens/{id}" => tokens::revoke;
    Administrator POST   "/v1/roles" => roles::grant;
    Auditor       GET    "/v1/roles" => roles::list;
    Auditor       GET    "/v1/roles/{id}" => roles::get;
    Administrator DELETE "/v1/roles/{id}" => roles::revoke;
    Auditor       GET    "/v1/principals" => principals::list;
    Auditor       GET    "/v1/principals/{id}" => principals::get;
    Administrator PATCH  "/v1/principals/{id}" => principals::change;
    Administrator DELETE "/v1/principals/{id}" => principals::erase;
    Authenticated GET    "/v1/me" => me;

    Anybody       GET    "/openapi.json" => operations::openapi;
    Anybody       GET    "/asyncapi.json" => operations::asyncapi;
    Anybody       GET    "/schemas/events/{type}/{version}" => operations::event_schema;
    Anybody       GET    "/healthz" => operations::healthz;
    Anybody       GET    "/readyz" => operations::readyz;
    Anybody       GET    "/metrics" => operations::metrics;
    Anybody       GET    "/problems" => problems::list;
    Anybody       GET    "/problems/{code}" => problems::get;
}

impl Entry {
    fn route(&self) -> Route {
        let route = (self.handler)();
        let access = self.access;
        let route = match access {
            Access::Anybody => route,
            Access::Administrator
            | Access::Auditor
            | Access::OrganizationAdministrator
            | Access::Member
            | Access::Reader
            | Access::Authenticated => {
                route.wrap(from_fn(move |request, next| auth::admit(access, request, next)))
            }
        };
        route.wrap(from_fn(http::bounded)).guard(self.guard())
    }

    fn guard(&self) -> impl Guard + use<> {
        let method = self.method.clone();
        guard::fn_guard(move |context| {
            let asked = &context.head().method;
            *asked == method || *asked == Method::HEAD && method == Method::GET
        })
    }

    fn methods(&self) -> Vec<&str> {
        let head = (self.method == Method::GET).then_some("HEAD");
        [self.method.as_str()].into_iter().chain(head).collect()
    }
}

/// Puts the table into an application.
pub(crate) fn configure(config: &mut ServiceConfig) {
    let mut paths: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in TABLE {
        paths.entry(entry.path).or_default().push(entry);
    }
    for (path, entries) in paths {
        let methods: Vec<&str> = entries.iter().flat_map(|entry| entry.methods()).collect();
        let allow = methods.join(", ");
        let mut resource = web::resource(path);
        for entry in entries {
            resource = resource.route(entry.route());
        }
        config.service(resource.default_service(web::to(move || other_method(allow.clone()))));
    }
    config.default_service(web::to(no_such_path));
}

async fn other_method(allow: String) -> HttpResponse {
    let detail = format!("this path has {allow}");
    let mut response = Problem::new(Code::MethodNotAllowed, detail).error_response();
    if let Ok(allow) = header::HeaderValue::from_str(&allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

async fn no_such_path(_: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::new(Code::NotFound, "no route of this version has this path"))
}
