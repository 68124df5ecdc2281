//! What a field of a request looks like, in addition to what stands at the field itself: the
//! grammars that several fields share.

use super::patterns::{
    ANYTHING, BLOCK, CLUSTER_URL, EMAIL, FILE_NAME, IMAGE_REFERENCE, LABEL_KEY, LABEL_VALUE, LINE,
    PASSWORD, SECRET_NAME, SERVER_NAME, USERNAME, VARIABLE, VISIBLE,
};
use domain::{
    cluster_url::ClusterUrl,
    profile::{
        command_line::WORD_CHARACTERS_MAX,
        environment::{VALUE_CHARACTERS_MAX, VARIABLES_MAX, Variable},
    },
};
use std::collections::BTreeMap;
use utoipa::openapi::{
    Object, ObjectBuilder, OneOfBuilder, RefOr, Schema, SchemaFormat, Type,
    schema::{AdditionalProperties, ArrayItems, SchemaType},
};

/// Says of each field of a request what it looks like.
pub(super) fn refine(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    refine_each(schemas);
    if let Some(RefOr::T(Schema::Object(ranking))) = schemas.get_mut("RankClustersRequest") {
        // One or the other.
        (ranking.min_properties, ranking.max_properties) = (Some(1), Some(1));
    }
    if let Some(RefOr::T(cluster)) = schemas.get_mut("ClusterRequest")
        && let Schema::Object(object) = cluster
    {
        *cluster = address_or_kubeconfig(object);
    }
}

/// A cluster says its address and how it is reached, or has all of that in a kubeconfig.
fn address_or_kubeconfig(object: &Object) -> Schema {
    let (mut told, mut read) = (object.clone(), object.clone());
    told.properties.remove("kubeconfig");
    told.required.push("url".to_owned());
    read.properties
        .retain(|name, _| matches!(name.as_str(), "kubeconfig" | "name" | "rank" | "weight"));
    if let Some(RefOr::T(Schema::Object(kubeconfig))) = read.properties.get_mut("kubeconfig") {
        kubeconfig.schema_type = Type::String.into();
    }
    read.required.push("kubeconfig".to_owned());
    let description = told.description.take();
    read.description = None;
    OneOfBuilder::new().description(description).item(told).item(read).build().into()
}

fn refine_each(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    for (name, schema) in schemas {
        let RefOr::T(Schema::Object(object)) = schema else { continue };
        for (field, schema) in &mut object.properties {
            match schema {
                RefOr::T(Schema::Object(object)) if is_text(object) => {
                    if let Some((pattern, format)) = text(name, field) {
                        object.pattern = Some(pattern.to_owned());
                        let format = format.map(|format| SchemaFormat::Custom(format.to_owned()));
                        object.format = format.or(object.format.take());
                    }
                }
                RefOr::T(Schema::Object(object)) if field == "environment" && is_request(name) => {
                    variables(object);
                }
                RefOr::T(Schema::Array(array)) => {
                    if let Some(of) = items(name, field) {
                        array.items = ArrayItems::RefOrSchema(Box::new(of.into()));
                    }
                    if field == "command" {
                        // What is run has a name.
                        array.prefix_items = items(name, field).map(program).into_iter().collect();
                    }
                    array.unique_items |= matches!(field.as_str(), "constraints" | "urls");
                }
                RefOr::T(_) | RefOr::Ref(_) => {}
            }
        }
    }
}

fn is_request(name: &str) -> bool {
    name.ends_with("Request")
}

fn is_text(object: &Object) -> bool {
    match &object.schema_type {
        SchemaType::Type(of) => *of == Type::String,
        SchemaType::Array(of) => of.contains(&Type::String),
        SchemaType::AnyValue => false,
    }
}

/// Pattern and format of a text.
fn text(of: &str, field: &str) -> Option<(&'static str, Option<&'static str>)> {
    let known = match (of, field) {
        ("AdoptSecretRequest" | "CreateSecretRequest", "name") => (SECRET_NAME, None),
        ("ConstraintRequest", "label") => (LABEL_KEY, None),
        ("ConstraintRequest" | "LabelNodeRequest", "value") => (LABEL_VALUE, None),
        ("ImageCatalogEntry" | "DeclareImageRequest", "reference") => {
            (IMAGE_REFERENCE, Some("image-reference"))
        }
        ("NewPrincipal" | "ChangePrincipalRequest", "email") => (EMAIL, None),
        ("NewPrincipal", "name") => (LINE, None),
        ("SetRegistryCredentialRequest", "username") => (USERNAME, None),
        ("SetRegistryCredentialRequest", "password") => (PASSWORD, None),
        _ if !is_request(of) => return None,
        (_, "name" | "description") => (LINE, None),
        (_, "comments") => (BLOCK, None),
        (_, "kubeconfig") => (ANYTHING, Some("kubeconfig")),
        (_, "url") => (CLUSTER_URL, Some("cluster-url")),
        (_, "server_name") => (SERVER_NAME, Some("server-name")),
        (_, "target") => (FILE_NAME, None),
        (_, "token") => (VISIBLE, None),
        _ => return None,
    };
    Some(known)
}

/// What the entries of a list of texts look like.
fn items(of: &str, field: &str) -> Option<Object> {
    let (pattern, format, most) = match field {
        _ if !is_request(of) => return None,
        "urls" => (CLUSTER_URL, Some("cluster-url"), ClusterUrl::CHARACTERS_MAX),
        "command" => (BLOCK, None, WORD_CHARACTERS_MAX),
        _ => return None,
    };
    let format = format.map(|format: &str| SchemaFormat::Custom(format.to_owned()));
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
    Some(text.format(format).max_length(Some(most)).build())
}

/// The first word of a command, which is not empty.
fn program(mut word: Object) -> Schema {
    word.min_length = Some(1);
    word.into()
}

fn variables(object: &mut Object) {
    let text = |pattern: &str, most| {
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
        text.max_length(Some(most)).build()
    };
    let value = text(BLOCK, VALUE_CHARACTERS_MAX);
    object.additional_properties = Some(Box::new(AdditionalProperties::RefOr(value.into())));
    object.property_names = Some(Box::new(text(VARIABLE, Variable::CHARACTERS_MAX).into()));
    object.max_properties = Some(VARIABLES_MAX);
}
