//! What was: profiles as they were, answered from the log.

use crate::{
    problem::{Code, Problem},
    state::State,
};
use domain::{
    Position,
    ids::{ImageId, ProviderId, SecretId},
};
use projections::{
    image_list,
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

/// A secret of a provider as it was.
pub(super) async fn secret(
    state: &State,
    provider: ProviderId,
    id: SecretId,
    when: When,
) -> Result<(secret_list::row::Row, Position), Problem> {
    match shown(state, Subject::Secret(id), when).await? {
        (Some(Shown::Secret(row)), position) if row.provider_id == provider => Ok((row, position)),
        (Some(_) | None, _) => {
            Err(Problem::new(Code::SecretNotFound, domain::secret::Error::NotFound))
        }
    }
}
