//! One batch: nearly always plain; otherwise judged, by arrays to `log.append()` and an outcome a
//! request back.

use super::{encode::Encoded, expected::Expected, known::Known, lane::Connected, plain};
use commands::ports::event_log::{Answer, Outcome};
use domain::{
    Position, StreamId, Version,
    claim::{SCOPES, UniqueName},
};
use serde::Deserialize;
use sqlx::{Row, types::Json};
use std::collections::BTreeMap;
use uuid::Uuid;

const APPEND: &str = "SELECT * FROM log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
    $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, \
    $32, $33)";

/// The arrays of `log.append()`; the prefixes say what belongs together.
#[derive(Default)]
struct Arrays<'a> {
    r_command: Vec<Uuid>,
    r_digest: Vec<&'a [u8]>,
    r_first: Vec<Uuid>,
    e_request: Vec<i32>,
    e_number: Vec<i32>,
    e_id: Vec<Uuid>,
    e_stream: Vec<&'a str>,
    e_version: Vec<i64>,
    e_type: Vec<&'a str>,
    e_schema_version: Vec<i16>,
    e_data: Vec<&'a str>,
    e_metadata: Vec<&'a str>,
    e_tags: Vec<&'a str>,
    a_digest: Vec<Option<&'a [u8]>>,
    a_result: Vec<Option<&'a str>>,
    a_version: Vec<Option<i64>>,
    a_more: Vec<Option<i32>>,
    q_request: Vec<i32>,
    q_result: Vec<&'a str>,
    q_version: Vec<i64>,
    x_request: Vec<i32>,
    x_stream: Vec<&'a str>,
    x_version: Vec<i64>,
    l_stream: Vec<&'a str>,
    l_version: Vec<i64>,
    g_stream: Vec<&'a str>,
    g_version: Vec<i64>,
    f_stream: Vec<&'a str>,
    s_request: Vec<i32>,
    s_what: Vec<&'a str>,
    s_stream: Vec<&'a str>,
    s_other: Vec<&'a str>,
    s_key: Vec<&'a str>,
}

impl<'a> Arrays<'a> {
    fn of(requests: &[&'a Encoded]) -> Self {
        let mut arrays = Self::default();
        for (number, request) in (1..).zip(requests.iter().copied()) {
            arrays.push(number, request);
        }
        let expected = Expected::of(requests);
        (arrays.l_stream, arrays.l_version) = expected.standing.into_iter().unzip();
        (arrays.g_stream, arrays.g_version) = expected.read.into_iter().unzip();
        let begun = arrays.e_stream.iter().zip(&arrays.e_version);
        arrays.f_stream =
            begun.filter(|(_, version)| **version == 1).map(|(stream, _)| *stream).collect();
        arrays
    }

    fn push(&mut self, number: i32, request: &'a Encoded) {
        self.r_command.push(request.command);
        self.r_digest.push(&request.request);
        self.r_first.push(request.first);
        if request.events.is_empty() {
            self.q_request.push(number);
            self.q_result.push(&request.result);
            self.q_version.push(request.version);
        }
        for (index, event) in request.events.iter().enumerate() {
            self.e_request.push(number);
            self.e_number.push(i32::try_from(self.e_id.len() + 1).unwrap_or(i32::MAX));
            self.e_id.push(event.id);
            self.e_stream.push(&event.stream);
            self.e_version.push(event.version);
            self.e_type.push(event.r#type);
            self.e_schema_version.push(event.schema_version);
            self.e_data.push(&event.data);
            self.e_metadata.push(&event.metadata);
            self.e_tags.push(&event.tags);
            // The answer stands beside the first event.
            let more = i32::try_from(request.events.len() - 1).unwrap_or(i32::MAX);
            let first = |more| (index == 0).then_some(more);
            self.a_digest.push(first(()).map(|()| request.request.as_slice()));
            self.a_result.push(first(()).map(|()| request.result.as_str()));
            self.a_version.push(first(()).map(|()| request.version));
            self.a_more.push(first(()).map(|()| more));
        }
        for (stream, version) in &request.expected {
            self.x_request.push(number);
            self.x_stream.push(stream);
            self.x_version.push(*version);
        }
        for claim in &request.claims {
            self.s_request.push(number);
            self.s_what.push(claim.what);
            self.s_stream.push(&claim.stream);
            self.s_other.push(&claim.other);
            self.s_key.push(&claim.key);
        }
    }
}

/// Sends a batch; the outcomes come back in the order of the requests.
pub(super) async fn append(
    connected: &mut Connected,
    requests: &[&Encoded],
    known: &Known,
    is_alone: bool,
) -> Result<Vec<Outcome>, sqlx::Error> {
    if let Some(stored) = plain::append(connected, requests, known, is_alone).await? {
        return Ok(stored);
    }
    let a = Arrays::of(requests);
    let row = sqlx::query(APPEND)
        .bind(&a.r_command)
        .bind(&a.r_digest)
        .bind(&a.r_first)
        .bind(&a.e_request)
        .bind(&a.e_number)
        .bind(&a.e_id)
        .bind(&a.e_stream)
        .bind(&a.e_version)
        .bind(&a.e_type)
        .bind(&a.e_schema_version)
        .bind(&a.e_data)
        .bind(&a.e_metadata)
        .bind(&a.e_tags)
        .bind(&a.a_digest)
        .bind(&a.a_result)
        .bind(&a.a_version)
        .bind(&a.a_more)
        .bind(&a.q_request)
        .bind(&a.q_result)
        .bind(&a.q_version)
        .bind(&a.x_request)
        .bind(&a.x_stream)
        .bind(&a.x_version)
        .bind(&a.l_stream)
        .bind(&a.l_version)
        .bind(&a.g_stream)
        .bind(&a.g_version)
        .bind(&a.f_stream)
        .bind(&a.s_request)
        .bind(&a.s_what)
        .bind(&a.s_stream)
        .bind(&a.s_other)
        .bind(&a.s_key)
        .fetch_one(&mut connected.connection)
        .await?;
    let head: i64 = row.try_get("head")?;
    let Some(placed) = row.try_get::<Option<Vec<Option<i64>>>, _>("placed")? else {
        let mut last = head;
        let stored = requests.iter().map(|request| {
            last += i64::try_from(request.events.len()).unwrap_or(i64::MAX);
            request.stored(last)
        });
        return Ok(stored.collect());
    };
    let refused: Option<Json<Vec<Refused>>> = row.try_get("refused")?;
    let mut refused: BTreeMap<usize, Refused> = refused
        .into_iter()
        .flat_map(|Json(refused)| refused)
        .map(|refused| (refused.request, refused))
        .collect();
    let incomplete = || sqlx::Error::Decode("log.append() did not judge each request".into());
    let outcomes =
        (1..).zip(requests).zip(placed).map(|((number, request), placed)| match placed {
            Some(position) => Ok(request.stored(position)),
            None => refused.remove(&number).ok_or_else(incomplete)?.outcome(),
        });
    let outcomes: Vec<Outcome> = outcomes.collect::<Result<_, _>>()?;
    if outcomes.len() == requests.len() { Ok(outcomes) } else { Err(incomplete()) }
}

/// A request that was not stored, as `log.append()` tells it.
#[derive(Deserialize)]
struct Refused {
    request: usize,
    outcome: String,
    result: Option<String>,
    version: Option<i64>,
    position: Option<i64>,
    stream: Option<String>,
    detail: Option<Vec<String>>,
}

impl Refused {
    fn outcome(self) -> Result<Outcome, sqlx::Error> {
        let stream = parse_stream(self.stream.as_deref());
        let detail = self.detail.unwrap_or_default();
        let version = Version(self.version.unwrap_or_default());
        Ok(match self.outcome.as_str() {
            "repeated" => Outcome::Repeated(Answer {
                result: self.result.unwrap_or_default(),
                version,
                position: Position(self.position.unwrap_or_default()),
            }),
            "key_reused" => Outcome::KeyReused,
            "lost_race" => Outcome::LostRace { stream: stream?, current: version },
            "name_taken" => Outcome::NameTaken { name: parse_name(&detail)?, by: stream? },
            "referred" => Outcome::Referred {
                stream: stream?,
                by: detail.iter().map(|by| parse_stream(Some(by))).collect::<Result<_, _>>()?,
            },
            "ended" => Outcome::Ended { stream: stream? },
            other => return Err(sqlx::Error::Decode(format!("outcome `{other}`").into())),
        })
    }
}

fn parse_stream(text: Option<&str>) -> Result<StreamId, sqlx::Error> {
    let parsed = text.unwrap_or_default().parse();
    parsed.map_err(|error: domain::stream::NoStream| sqlx::Error::Decode(error.into()))
}

fn parse_name(detail: &[String]) -> Result<UniqueName, sqlx::Error> {
    let scope = SCOPES.into_iter().find(|scope| detail.first().is_some_and(|is| is == scope));
    let scope = scope.ok_or_else(|| sqlx::Error::Decode("a name of an unknown scope".into()))?;
    Ok(UniqueName { scope, key: detail.get(1).cloned().unwrap_or_default() })
}
