//! Requests that nothing speaks against, which nearly all are: events, no name, no reference.
//!
//! They are written without a judge, who would have to be told much more. Where anything is against
//! one of them, nothing is stored, and all are judged.

use super::{
    encode::Encoded,
    expected::{Expected, by_ref},
    known::Known,
    lane::Connected,
};
use commands::ports::event_log::Outcome;
use sqlx::PgConnection;
use uuid::Uuid;

const APPEND_ONE: &str = "SELECT log.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
    '{}', '{}', $13, $14)";
const APPEND_PLAIN: &str = "SELECT log.append_plain($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
    $12, $13, $14, $15, $16, $17, $18, $19)";

/// Stores the requests, or answers none: then they have to be judged.
pub(super) async fn append(
    connected: &mut Connected,
    requests: &[&Encoded],
    known: &Known,
) -> Result<Option<Vec<Outcome>>, sqlx::Error> {
    let plain = |request: &&Encoded| !request.events.is_empty() && request.claims.is_empty();
    if !requests.iter().all(plain) {
        return Ok(None);
    }
    let mut expected = Expected::of(requests);
    known.unseen(&connected.database, &mut expected.standing);
    let head: Option<i64> = match requests {
        [only] if is_lone(only, &expected) => {
            append_one(&mut connected.connection, only, &expected).await?
        }
        _ => append_all(&mut connected.connection, requests, &expected).await?,
    };
    let Some(mut last) = head else { return Ok(None) };
    let seen = requests.iter().flat_map(|request| {
        let written = request.events.iter().map(|event| (event.stream.as_str(), event.version));
        written.chain(request.expected.iter().map(by_ref))
    });
    known.learn(&connected.database, seen);
    let stored = requests.iter().map(|request| {
        last += i64::try_from(request.events.len()).unwrap_or(i64::MAX);
        request.stored(last)
    });
    Ok(Some(stored.collect()))
}

/// Whether `log.append_one()` takes it: nothing has to be looked up but one stream that was read.
fn is_lone(request: &Encoded, expected: &Expected<'_>) -> bool {
    request.events.len() == 1 && expected.standing.is_empty() && expected.read.len() <= 1
}

fn columns<'a>(versions: &[(&'a str, i64)]) -> (Vec<&'a str>, Vec<i64>) {
    versions.iter().copied().unzip()
}

/// One event of one request, which is what a command mostly is where few are at work. The arrays of
/// many would cost it as much as its row.
async fn append_one(
    connection: &mut PgConnection,
    request: &Encoded,
    expected: &Expected<'_>,
) -> Result<Option<i64>, sqlx::Error> {
    let (read, read_version) = columns(&expected.read);
    let [event] = request.events.as_slice() else { return Ok(None) };
    let position: Option<i64> = sqlx::query_scalar(APPEND_ONE)
        .bind(request.command)
        .bind(request.request.as_slice())
        .bind(event.id)
        .bind(&event.stream)
        .bind(event.version)
        .bind(event.r#type)
        .bind(event.schema_version)
        .bind(&event.data)
        .bind(&event.metadata)
        .bind(&event.tags)
        .bind(&request.result)
        .bind(request.version)
        .bind(read)
        .bind(read_version)
        .fetch_one(connection)
        .await?;
    Ok(position.map(|position| position - 1))
}

/// The arrays of `log.append_plain()`; its comment says what they mean.
#[derive(Default)]
struct Arrays<'a> {
    command: Vec<Uuid>,
    number: Vec<i32>,
    id: Vec<Uuid>,
    stream: Vec<&'a str>,
    version: Vec<i64>,
    r#type: Vec<&'a str>,
    schema_version: Vec<i16>,
    data: Vec<&'a str>,
    metadata: Vec<&'a str>,
    tags: Vec<&'a str>,
    digest: Vec<Option<&'a [u8]>>,
    result: Vec<Option<&'a str>>,
    result_version: Vec<Option<i64>>,
    more: Vec<Option<i32>>,
    begun: Vec<&'a str>,
}

impl<'a> Arrays<'a> {
    fn of(requests: &[&'a Encoded]) -> Self {
        let mut arrays = Self::default();
        for request in requests {
            arrays.command.push(request.command);
            for (index, event) in request.events.iter().enumerate() {
                arrays.number.push(i32::try_from(arrays.id.len() + 1).unwrap_or(i32::MAX));
                arrays.id.push(event.id);
                arrays.stream.push(&event.stream);
                arrays.version.push(event.version);
                arrays.r#type.push(event.r#type);
                arrays.schema_version.push(event.schema_version);
                arrays.data.push(&event.data);
                arrays.metadata.push(&event.metadata);
                arrays.tags.push(&event.tags);
                // The answer stands beside the first event.
                let first = (index == 0).then_some(*request);
                let more =
                    |request: &Encoded| i32::try_from(request.events.len() - 1).unwrap_or(i32::MAX);
                arrays.digest.push(first.map(|request| request.request.as_slice()));
                arrays.result.push(first.map(|request| request.result.as_str()));
                arrays.result_version.push(first.map(|request| request.version));
                arrays.more.push(first.map(more));
                arrays.begun.extend((event.version == 1).then_some(event.stream.as_str()));
            }
        }
        arrays
    }
}

async fn append_all(
    connection: &mut PgConnection,
    requests: &[&Encoded],
    expected: &Expected<'_>,
) -> Result<Option<i64>, sqlx::Error> {
    let a = Arrays::of(requests);
    let (unseen, unseen_version) = columns(&expected.standing);
    let (read, read_version) = columns(&expected.read);
    sqlx::query_scalar(APPEND_PLAIN)
        .bind(&a.command)
        .bind(&a.number)
        .bind(&a.id)
        .bind(&a.stream)
        .bind(&a.version)
        .bind(&a.r#type)
        .bind(&a.schema_version)
        .bind(&a.data)
        .bind(&a.metadata)
        .bind(&a.tags)
        .bind(&a.digest)
        .bind(&a.result)
        .bind(&a.result_version)
        .bind(&a.more)
        .bind(unseen)
        .bind(unseen_version)
        .bind(read)
        .bind(read_version)
        .bind(&a.begun)
        .fetch_one(connection)
        .await
}
