//! A page of the nodes of a provider.

use super::view::{Node, NodePage};
use crate::{
    parameters::{self, Query},
    problem::{Code, Problem},
    routes::{listing, providers},
    state::State,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    availability::Availability,
    ids::ProviderId,
    label::{Key, Value},
    node_observation::facts::State as NodeState,
};
use projections::{
    Model,
    node_list::query::{self, Filter},
};
use std::collections::BTreeMap;

const STATES: [(&str, NodeState); 5] = [
    ("ready", NodeState::Ready),
    ("not_ready", NodeState::NotReady),
    ("down", NodeState::Down),
    ("unreachable", NodeState::Unreachable),
    ("unknown", NodeState::Unknown),
];

/// The most labels in one filter.
const LABELS_MAX: usize = 20;

fn filter(query: &mut Query, provider: ProviderId) -> Result<Filter, Problem> {
    let availabilities = [Availability::Active, Availability::Pause, Availability::Drain]
        .map(|availability| (availability.as_str(), availability));
    let (labels, label_keys) = labels(query.text("label"))?;
    Ok(Filter {
        provider: Some(provider),
        cluster: query.uuid("cluster_id")?,
        name: query.text("name"),
        labels,
        label_keys,
        state: query.word("state", &STATES)?,
        availability: query.word("availability", &availabilities)?,
    })
}

/// Reads `zone=a,gpu`: label `zone` has the value `a`, and there is some label `gpu`.
fn labels(text: Option<String>) -> Result<(BTreeMap<String, String>, Vec<String>), Problem> {
    let (mut labels, mut keys) = (BTreeMap::new(), vec![]);
    let parts: Vec<&str> = text.iter().flat_map(|text| text.split(',')).collect();
    let wrong = || {
        let detail = format!("must be at most {LABELS_MAX} of `key` or `key=value`, with commas");
        Problem::at(Code::MalformedParameter, "label", "format", detail)
    };
    if parts.len() > LABELS_MAX {
        return Err(wrong());
    }
    for part in parts {
        match part.split_once('=') {
            Some((key, value)) if Key::parse(key).is_ok() && Value::parse(value).is_ok() => {
                if labels.insert(key.to_owned(), value.to_owned()).is_some() {
                    return Err(wrong());
                }
            }
            None if Key::parse(part).is_ok() => keys.push(part.to_owned()),
            Some(_) | None => return Err(wrong()),
        }
    }
    Ok((labels, keys))
}

/// List the nodes of a provider.
#[utoipa::path(
    get, path = "/v1/providers/{id}/nodes", operation_id = "list_nodes", tag = "nodes",
    params(
        ("id" = Uuid, Path, description = "The provider"),
        ("cluster_id" = Option<Uuid>, Query, description = "Of this cluster"),
        ("name" = Option<String>, Query, description = "The name contains this"),
        ("label" = Option<String>, Query,
            description = "Labels the cluster shows: `zone=a,gpu` is zone a and any gpu"),
        ("state" = Option<String>, Query,
            description = "`ready`, `not_ready`, `down`, `unreachable` or `unknown`"),
        ("availability" = Option<String>, Query, description = "`active`, `pause` or `drain`"),
        ("sort" = Option<String>, Query,
            description = "`name`, `-name`, `created_at` or `-created_at`"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 200, description = "Entries a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("at_least" = Option<i64>, Query, description = "Wait until this position is seen"),
    ),
    responses((status = 200, body = NodePage, description = "A page")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let provider = parameters::id::<ProviderId>(&request, "id")?;
    let mut query = Query::of(&request)?;
    let filter = filter(&mut query, provider)?;
    let asked = listing::asked(&request, query)?;
    let list = || query::list(&state.queries, &filter, &asked.listing);
    let page = state.read(Model::NodeList, asked.at_least, list).await?;
    if page.items.is_empty() {
        // An unknown provider is not a provider without nodes.
        providers::view::found(&state, provider, asked.at_least).await?;
    }
    listing::answer::<_, Node>(&asked, page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_of_labels_has_values_and_keys() {
        let (values, keys) = labels(Some("zone=a,gpu".to_owned())).unwrap();
        assert_eq!(values, BTreeMap::from([("zone".to_owned(), "a".to_owned())]));
        assert_eq!(keys, ["gpu"]);
        for wrong in ["", "a b", "zone=", "zone=a,zone=b", ",", &["ab"; 21].join(",")] {
            assert!(labels(Some(wrong.to_owned())).is_err(), "{wrong}");
        }
    }
}
