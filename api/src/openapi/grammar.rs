//! What a parameter of some name looks like, wherever it stands: clients make and check values by
//! it, and so do the tools that try the API against its own contract.

use crate::headers::KEY_CHARACTERS_MAX;
use domain::image::Registry;
use utoipa::openapi::{
    KnownFormat, Object, ObjectBuilder, RefOr, SchemaFormat, Type, path::Operation,
};

/// The largest whole number that every reader of JSON keeps.
const EXACT_MAX: i64 = 9_007_199_254_740_991;
/// A version in quotation marks.
const VERSION: &str = r#"^"(0|[1-9][0-9]{0,17})"$"#;
/// A position of the log, or a time of RFC 3339.
const MOMENT: &str = "^([0-9]{1,15}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\
    (\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2}))$";
/// The key of a label, which both engines accept.
const LABEL_KEY: &str = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,61}[A-Za-z0-9]$";

/// A registry as references name it; an IPv6 address in brackets, which is taken too, is left out.
const REGISTRY: &str = concat!(
    "^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?",
    "((\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+(:[1-9][0-9]{0,3})?|:[1-9][0-9]{0,3})",
    "|[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt])$",
);

/// Says of each parameter that is the same everywhere what it looks like.
pub(super) fn refine(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        if let Some(known) = known(&parameter.name) {
            parameter.schema = Some(known.into());
        }
    }
}

fn known(name: &str) -> Option<Object> {
    let text = |pattern: &str| {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).build()
    };
    Some(match name {
        "after" | "at_least" | "Last-Event-ID" => ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0))
            .maximum(Some(EXACT_MAX))
            .build(),
        "as_of" | "from" | "to" => text(MOMENT),
        "Idempotency-Key" => text(&format!("^[!-~]{{1,{KEY_CHARACTERS_MAX}}}$")),
        "If-Match" => text(VERSION),
        "key" => text(LABEL_KEY),
        "registry" => ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(REGISTRY))
            .max_length(Some(Registry::CHARACTERS_MAX))
            .build(),
        _ => return None,
    })
}
