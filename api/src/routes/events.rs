//! The log itself. One file a verb.

pub(super) mod list;
pub(in crate::routes) mod stream;
pub(super) mod view;

use crate::{
    parameters::Query,
    problem::{Code, Problem},
};
use adapters::postgres::event_feed::Filter;
use domain::tag::Tag;

/// The most types in one filter.
pub(crate) const TYPES_MAX: usize = 50;

/// Reads which events are wanted: by type, actor and time.
pub(super) fn filter(query: &mut Query) -> Result<Filter, Problem> {
    let types: Vec<String> = query
        .text("type")
        .map(|types| types.split(',').map(str::to_owned).collect())
        .unwrap_or_default();
    let known = domain::Event::types();
    if types.len() > TYPES_MAX || types.iter().any(|name| !known.contains(&name.as_str())) {
        let detail = "must be types of events, separated by commas, such as `NodeLabeled`";
        return Err(Problem::at(Code::MalformedParameter, "type", "unknown_value", detail));
    }
    Ok(Filter {
        types,
        actor: query.uuid("actor")?,
        tag: None,
        since: query.time("since")?,
        until: query.time("until")?,
    })
}

/// Reads what the wanted events touched: `provider:<id>`, `node:<id>` …
fn touched(query: &mut Query) -> Result<Option<Tag>, Problem> {
    let Some(text) = query.text("tag") else { return Ok(None) };
    let rule = "must be a kind and an id, such as `provider:0197f3c2-0000-7000-8000-00000000a001`";
    let tag = text.parse();
    tag.map(Some).map_err(|_| Problem::at(Code::MalformedParameter, "tag", "tag", rule))
}
