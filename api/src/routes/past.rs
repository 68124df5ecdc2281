//! What was: profiles as they were, answered from the log.

use crate::{
    problem::{Code, Problem},
    state::State,
};
use domain::{
    Position, StreamId, Timestamp, Version, access,
    feed::Feed,
    ids::{CertificateId, ImageId, ProviderId, RoleId, SecretId, TokenId},
};
use projections::{
    access_list, certificate_list, image_list,
    past::{self, Shown, Subject, When},
    secret_list,
};

/// The position that a moment stands for, named by the parameter that it came in.
pub(super) async fn position(
    state: &State,
    parameter: &str,
    when: When,
) -> Result<Position, Problem> {
    match when {
        When::Position(position) => {
            state.recorded(parameter, position).await?;
            Ok(position)
        }
        When::Time(time) => state.feed.position_at(time).await?.ok_or_else(|| {
            let detail = "must not lie in the future: nobody knows yet what will be recorded";
            Problem::at(Code::NotYetRecorded, parameter, "future", detail)
        }),
    }
}

/// A profile as it was, and the position it is of.
pub(super) async fn shown(
    state: &State,
    subject: Subject,
    when: When,
) -> Result<(Option<Shown>, Position), Problem> {
    let position = position(state, "as_of", when).await?;
    state.saw(position);
    Ok((past::at(&state.feed, subject, position).await?, position))
}

/// An image of a provider as it was.
pub(super) async fn image(
    state: &State,
    provider: ProviderId,
    id: ImageId,
    when: When,
) -> Result<(image_list::row::Row, Position), Problem> {
    match shown(state, Subject::Image(id), when).await? {
        (Some(Shown::Image(row)), position) if row.provider_id == provider => Ok((row, position)),
        (Some(_) | None, _) => {
            Err(Problem::new(Code::ImageNotFound, domain::image::Error::NotFound))
        }
    }
}

/// A secret of a provider as it was, with those that used it then.
pub(super) async fn secret(
    state: &State,
    provider: ProviderId,
    id: SecretId,
    when: When,
) -> Result<(secret_list::row::Row, Vec<StreamId>, Position), Problem> {
    match shown(state, Subject::Secret(id), when).await? {
        (Some(Shown::Secret(row)), position) if row.provider_id == provider => {
            let users = past::users(&state.feed, provider, id, position).await?;
            Ok((row, users, position))
        }
        (Some(_) | None, _) => {
            Err(Problem::new(Code::SecretNotFound, domain::secret::Error::NotFound))
        }
    }
}

/// A certificate as it was, with those that used it then.
pub(super) async fn certificate(
    state: &State,
    id: CertificateId,
    when: When,
) -> Result<(certificate_list::row::Row, Position), Problem> {
    match shown(state, Subject::UsedCertificate(id), when).await? {
        (Some(Shown::Certificate(row)), position) => Ok((row, position)),
        (Some(_) | None, _) => {
            Err(Problem::new(Code::CertificateNotFound, domain::certificate::Error::NotFound))
        }
    }
}

/// A role as it was, with the version of its principal.
pub(super) async fn role(
    state: &State,
    id: RoleId,
    when: When,
) -> Result<(access_list::row::Grant, Version, Position), Problem> {
    match shown(state, Subject::Role(id), when).await? {
        (Some(Shown::Role(row, version)), position) => Ok((row, version, position)),
        (Some(_) | None, _) => Err(Problem::new(Code::RoleNotFound, access::Error::RoleNotFound)),
    }
}

/// A token as it was, with the version of its principal.
pub(super) async fn token(
    state: &State,
    id: TokenId,
    when: When,
) -> Result<(access_list::row::Token, Version, Position), Problem> {
    match shown(state, Subject::Token(id), when).await? {
        (Some(Shown::Token(row, version)), position) => Ok((row, version, position)),
        (Some(_) | None, _) => Err(Problem::new(Code::TokenNotFound, access::Error::TokenNotFound)),
    }
}

/// The time that a moment stands for: that of its event, where it is a position.
pub(super) async fn time(state: &State, when: When) -> Result<Option<Timestamp>, Problem> {
    let position = match when {
        When::Time(time) => return Ok(Some(time)),
        When::Position(position) => position,
    };
    let before = Position(position.0.saturating_sub(1));
    let events = state.feed.after(before, 1).await?;
    Ok(events.first().map(|event| event.recorded_at))
}
