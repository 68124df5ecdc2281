//! The contract of the API, made from the handlers and the route table.
//!
//! The document is committed, so that a change of the contract shows in review. A test fails when
//! it differs from the code; `BERTH_UPDATE_OPENAPI=1 cargo test -p api openapi` writes it anew.

mod fields;
mod grammar;
mod patterns;

use crate::{
    problem::{self, FieldError, Sent},
    routes::{Described, Entry, TABLE, access::Access},
};
use actix_web::http::Method;
use std::collections::BTreeMap;
use utoipa::{
    OpenApi, PartialSchema, ToSchema,
    openapi::{
        ContentBuilder, Header, HeaderBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder,
        OpenApiBuilder, Ref, RefOr, Required, ResponseBuilder, Schema, Type,
        path::{Operation, ParameterBuilder, ParameterIn},
        request_body::RequestBody,
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

/// The document as it is committed and served.
pub const COMMITTED: &str = include_str!("../openapi.json");

/// The name of the way to identify oneself.
const BEARER: &str = "bearer";

/// Makes the document from the code.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0"));
    let info = InfoBuilder::new()
        .title("Berth")
        .version("1")
        .description(Some(
            "Registers container providers, keeps every change as an event, and makes the real \
             clusters follow. A command answers when it is recorded; clusters follow after that.",
        ))
        .license(Some(license.build()));
    let described = Described::openapi();
    let mut document = OpenApiBuilder::from(described).info(info.build()).build();
    for entry in TABLE {
        if let Some(operation) = operation(&mut document, entry) {
            complete(operation, entry);
            grammar::refine(operation);
        }
    }
    let components = document.components.get_or_insert_default();
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.security_schemes.insert(BEARER.to_owned(), bearer.into());
    fields::refine(&mut components.schemas);
    let schemas = components.schemas.clone();
    for item in document.paths.paths.values_mut() {
        let bodies = [&mut item.post, &mut item.put, &mut item.patch];
        for body in bodies.into_iter().flatten().filter_map(|it| it.request_body.as_mut()) {
            if let RefOr::T(body) = body {
                body.required = Some(is_needed(body, &schemas));
            }
        }
    }
    let components = document.components.get_or_insert_default();
    components.schemas.insert(FieldError::name().into_owned(), FieldError::schema());
    components.schemas.insert("Problem".to_owned(), Sent::schema());
    document
}

fn operation<'a>(
    document: &'a mut utoipa::openapi::OpenApi,
    entry: &Entry,
) -> Option<&'a mut Operation> {
    let item = document.paths.paths.get_mut(entry.path)?;
    match entry.method {
        Method::GET => item.get.as_mut(),
        Method::POST => item.post.as_mut(),
        Method::PUT => item.put.as_mut(),
        Method::PATCH => item.patch.as_mut(),
        Method::DELETE => item.delete.as_mut(),
        _ => None,
    }
}

/// No body at all is an empty object, where that is one that fits.
fn is_needed(body: &RequestBody, schemas: &BTreeMap<String, RefOr<Schema>>) -> Required {
    let fits = body.content.values().any(|content| {
        let RefOr::T(content) = content else { return false };
        let Some(RefOr::Ref(named)) = &content.schema else { return false };
        let name = named.ref_location.rsplit('/').next().unwrap_or_default();
        matches!(schemas.get(name), Some(RefOr::T(Schema::Object(object)))
            if object.required.is_empty() && object.min_properties.unwrap_or(0) == 0)
    });
    if fits { Required::False } else { Required::True }
}

/// A body that may be left out is still never `null`.
fn never_null(body: &mut RequestBody) {
    for content in body.content.values_mut() {
        let RefOr::T(content) = content else { continue };
        if let Some(RefOr::T(Schema::OneOf(either))) = &content.schema {
            let named = either.items.iter().find(|item| matches!(item, RefOr::Ref(_))).cloned();
            content.schema = named.or(content.schema.take());
        }
    }
}

/// Adds what every route of its kind has.
fn complete(operation: &mut Operation, entry: &Entry) {
    let header = |of: Type, about: &str| {
        let schema = ObjectBuilder::new().schema_type(of);
        HeaderBuilder::new().schema(Some(schema)).description(Some(about)).build()
    };
    // What answers `200` only tells; a command answers that it was recorded.
    let is_command =
        ["201", "202"].iter().any(|status| operation.responses.responses.contains_key(*status));
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let mut add = |name: &str, header: Header| {
            response.headers.insert(name.to_owned(), header.into());
        };
        add("Berth-Position", header(Type::Integer, "How far the answer knows the log"));
        if is_command && status != "200" {
            add("ETag", header(Type::String, "The version, for `If-Match`"));
        }
        if status == "201" {
            add("Location", location());
        }
    }
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let problem = ResponseBuilder::new()
        .description("What went wrong; `type` is the address of a page with cause and cure")
        .content(problem::CONTENT_TYPE, problem)
        .build();
    operation.responses.responses.insert("default".to_owned(), problem.into());
    let who = format!("Who may: {}.", entry.access.who());
    operation.description = Some(match operation.description.take() {
        Some(description) => format!("{description}\n\n{who}"),
        None => who,
    });
    if entry.access != Access::Anybody {
        let needed = SecurityRequirement::new(BEARER, Vec::<String>::new());
        operation.security = Some(vec![needed]);
    }
    if let Some(RefOr::T(body)) = operation.request_body.as_mut() {
        never_null(body);
    }
    if is_command {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let parameters = operation.parameters.get_or_insert_default();
        let mut add = |name: &str, schema, description: &str| {
            let parameter = ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .schema(Some(schema))
                .description(Some(description));
            parameters.push(parameter.build().into());
        };
        add("Idempotency-Key", text.clone(), "Makes the command safe to repeat, for ever");
        add("If-Match", text, "The version the decision was made from: `\"7\"`");
    }
}

fn location() -> Header {
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some(patterns::LOCATION));
    let about = "Where it is shown; the answer waits until it is";
    HeaderBuilder::new().schema(Some(schema)).description(Some(about)).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, env, fs};

    /// Set, it lets the test write the committed document anew.
    const UPDATE: &str = "BERTH_UPDATE_OPENAPI";

    #[test]
    fn the_committed_document_is_what_the_code_says() {
        let made = format!("{}\n", document().to_pretty_json().unwrap());
        if env::var_os(UPDATE).is_some() {
            fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"), &made).unwrap();
            return;
        }
        assert!(made == COMMITTED, "api/openapi.json is out of date: set {UPDATE}=1 and run again");
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let document = document();
        let routes: BTreeSet<(String, String)> = TABLE
            .iter()
            .map(|entry| (entry.path.to_owned(), entry.method.as_str().to_lowercase()))
            .collect();
        assert_eq!(routes.len(), TABLE.len(), "a route is in the table twice");
        let json = serde_json::to_value(&document).unwrap();
        let described: BTreeSet<(String, String)> = json["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                let methods = ["get", "post", "put", "patch", "delete"];
                methods
                    .iter()
                    .filter(|method| item.get(**method).is_some())
                    .map(|method| (path.clone(), (*method).to_owned()))
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(described, routes);
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_says_who_may() {
        let json = serde_json::to_value(document()).unwrap();
        let mut names = BTreeSet::new();
        for entry in TABLE {
            let operation = &json["paths"][entry.path][entry.method.as_str().to_lowercase()];
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()));
            let guarded = operation.get("security").is_some();
            assert_eq!(guarded, entry.access != Access::Anybody, "{}", entry.path);
            assert_eq!(guarded, entry.path.starts_with("/v1/"), "{}", entry.path);
            let within = entry.path.starts_with("/v1/organizations/{id}");
            assert!(within || !entry.access.is_within_an_organization(), "{}", entry.path);
        }
    }
}
