//! Requests that nothing speaks against, which nearly all are: events, no name, no reference.
//!
//! They are written without a judge, who would have to be told much more. Where anything is against
//! one of them, nothing is stored, and all are judged.

use super::{
    encode::Encoded,
    expected::Expected,
    known::{Batch, Head, Known},
    lane::Connected,
};
use commands::ports::event_log::Outcome;
use sqlx::{PgConnection, Row};
use time::OffsetDateTime;
use uuid::Uuid;

// JSON is parsed where the arguments are made, before the lock.
const APPEND_ONE: &str = "SELECT log.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::json, \
    $11::json, $12::json, $13, $14)";
const APPEND_PLAIN: &str = "SELECT head, now_at FROM log.append_plain($1, $2, $3, $4, $5, $6, $7, \
    $8::json[], $9::json[], $10::json[], $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";

/// Stores the requests, or answers none: then they have to be judged. A batch is alone while no
/// other of this process is on its way.
pub(super) async fn append(
    connected: &mut Connected,
    requests: &[&Encoded],
    known: &Known,
    is_alone: bool,
) -> Result<Option<Vec<Outcome>>, sqlx::Error> {
    let plain = |request: &&Encoded| !request.events.is_empty() && request.claims.is_empty();
    if !requests.iter().all(plain) {
        return Ok(None);
    }
    let mut expected = Expected::of(requests);
    let placed = match lone(connected, requests, known).filter(|_| is_alone) {
        Some((head, request)) => append_one(&mut connected.connection, head, request).await?,
        None => None,
    };
    let placed = match placed {
        Some(placed) => Some(placed),
        None => append_all(connected, requests, &mut expected, known).await?,
    };
    let Some((behind, head)) = placed else { return Ok(None) };
    let events = requests.iter().flat_map(|request| &request.events);
    let written = events.map(|event| (event.stream.as_str(), event.version)).collect();
    known.learn(&connected.database, &Batch { behind, head, written, read: expected.read });
    let mut last = behind;
    let stored = requests.iter().map(|request| {
        last += i64::try_from(request.events.len()).unwrap_or(i64::MAX);
        request.stored(last)
    });
    Ok(Some(stored.collect()))
}

/// The only request, if `log.append_one()` takes it: nothing of it has to be looked up.
fn lone<'a>(
    connected: &Connected,
    requests: &[&'a Encoded],
    known: &Known,
) -> Option<(Head, &'a Encoded)> {
    let [request] = requests else { return None };
    let [event] = request.events.as_slice() else { return None };
    let written = (event.stream.as_str(), event.version);
    let head = known.head(&connected.database, written, &request.expected)?;
    Some((head, request))
}

fn columns<'a>(versions: &[(&'a str, i64)]) -> (Vec<&'a str>, Vec<i64>) {
    versions.iter().copied().unzip()
}

/// One event of one request, which is what a command mostly is where few are at work. The arrays of
/// many would cost it as much as its row.
async fn append_one(
    connection: &mut PgConnection,
    head: Head,
    request: &Encoded,
) -> Result<Option<(i64, Head)>, sqlx::Error> {
    let [event] = request.events.as_slice() else { return Ok(None) };
    let recorded_at: Option<OffsetDateTime> = sqlx::query_scalar(APPEND_ONE)
        .bind(head.position)
        .bind(head.recorded_at)
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
        .fetch_one(connection)
        .await?;
    let placed = |recorded_at| {
        let position = head.position + 1;
        (head.position, Head { position, recorded_at })
    };
    Ok(recorded_at.map(placed))
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
    /// Streams, and the first version that each gets here.
    next: Vec<(&'a str, i64)>,
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
                if index == 0 || request.events[index - 1].stream != event.stream {
                    arrays.next.push((&event.stream, event.version));
                }
                arrays.begun.extend((event.version == 1).then_some(event.stream.as_str()));
            }
        }
        arrays
    }
}

async fn append_all<'a>(
    connected: &mut Connected,
    requests: &[&'a Encoded],
    expected: &mut Expected<'a>,
    known: &Known,
) -> Result<Option<(i64, Head)>, sqlx::Error> {
    let mut a = Arrays::of(requests);
    known.unseen(&connected.database, &mut expected.standing);
    known.maybe_ended(&connected.database, &mut a.next);
    let (unseen, unseen_version) = columns(&expected.standing);
    let (read, read_version) = columns(&expected.read);
    let (maybe_ended, _) = columns(&a.next);
    let row = sqlx::query(APPEND_PLAIN)
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
        .bind(maybe_ended)
        .bind(&a.begun)
        .fetch_one(&mut connected.connection)
        .await?;
    let Some(behind) = row.try_get::<Option<i64>, _>("head")? else { return Ok(None) };
    let position = behind + i64::try_from(a.id.len()).unwrap_or(i64::MAX);
    Ok(Some((behind, Head { position, recorded_at: row.try_get("now_at")? })))
}
