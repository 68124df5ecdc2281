//! What a parameter of some name looks like, wherever it stands: clients make and check values by
//! it, and so do the tools that try the API against its own contract.

use super::patterns;
use crate::{
    headers::KEY_CHARACTERS_MAX,
    parameters::{POSITION_MAX, VALUE_CHARACTERS_MAX},
    routes::events::TYPES_MAX,
    words,
};
use domain::image::Registry;
use projections::page::Sort;
use utoipa::{
    PartialSchema,
    openapi::{
        ArrayBuilder, KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type,
        path::{Operation, Parameter, ParameterIn, ParameterStyle},
        schema::ArrayItems,
    },
};

/// Says of each parameter that is the same everywhere what it looks like.
pub(super) fn refine(operation: &mut Operation) {
    let of = operation.operation_id.clone().unwrap_or_default();
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        if is_list_of_types(parameter) {
            parameter.schema = Some(types());
            (parameter.style, parameter.explode) = (Some(ParameterStyle::Form), Some(false));
        } else if let Some(known) = known(&of, parameter) {
            parameter.schema = Some(known);
        }
    }
}

/// Types of events, separated by commas.
fn is_list_of_types(parameter: &Parameter) -> bool {
    parameter.name == "type" && parameter.parameter_in == ParameterIn::Query
}

fn types() -> RefOr<Schema> {
    let types = ObjectBuilder::new().schema_type(Type::String);
    let types = types.enum_values(Some(domain::Event::types())).build();
    let items = ArrayItems::RefOrSchema(Box::new(types.into()));
    ArrayBuilder::new().items(items).min_items(Some(1)).max_items(Some(TYPES_MAX)).build().into()
}

fn known(of: &str, parameter: &Parameter) -> Option<RefOr<Schema>> {
    Some(match parameter.name.as_str() {
        "after" | "at_least" | "Last-Event-ID" => ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0))
            .maximum(Some(POSITION_MAX))
            .build()
            .into(),
        "as_of" | "from" | "to" => text(patterns::MOMENT, Some("moment")),
        "availability" => words::Availability::schema(),
        "cursor" => text(patterns::CURSOR, Some("cursor")),
        "deployment_mode" => words::DeploymentMode::schema(),
        "email" | "name" | "reference" | "search" => text(patterns::SEARCHED, None),
        "Idempotency-Key" => {
            let pattern = format!("^[!-~]{{1,{KEY_CHARACTERS_MAX}}}$");
            text(&pattern, Some("idempotency-key"))
        }
        "If-Match" => text(patterns::VERSION, None),
        "key" => text(patterns::LABEL_KEY, None),
        "kind" => words::Kind::schema(),
        "label" => text(patterns::LABELS, None),
        "registry" => ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(patterns::REGISTRY))
            .max_length(Some(Registry::CHARACTERS_MAX))
            .build()
            .into(),
        "role" => words::Role::schema(),
        "expires_before" | "since" | "until" => ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .build()
            .into(),
        "sort" => sort(of),
        "state" => match of {
            "list_images" => words::ImageState::schema(),
            "list_nodes" => words::NodeState::schema(),
            "list_workloads" => words::WorkloadState::schema(),
            _ => words::ProviderState::schema(),
        },
        "tag" => text(patterns::TAG, None),
        "visibility" => words::Visibility::schema(),
        _ => return None,
    })
}

fn text(pattern: &str, format: Option<&str>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
        .format(format.map(|format| SchemaFormat::Custom(format.to_owned())))
        .max_length(Some(VALUE_CHARACTERS_MAX))
        .build()
        .into()
}

/// What has no name is sorted by time alone, what ends by its end too.
fn sort(of: &str) -> RefOr<Schema> {
    let orders: &[Sort] = match of {
        "list_roles" | "list_tokens" => &[Sort::CreatedAt, Sort::CreatedAtDescending],
        "list_certificates" => &Sort::ALL,
        _ => &Sort::NAMED,
    };
    let words: Vec<&str> = orders.iter().map(|sort| sort.as_str()).collect();
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build().into()
}
