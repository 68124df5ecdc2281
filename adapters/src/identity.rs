//! The own ids of clusters, as far as they are taken for one.

use commands::ports::cluster::Error;

/// The longest id that is taken for one; real ones are 25 and 36 characters long.
const CHARACTERS_MAX: usize = 100;

/// An id that can be a unique name in the log.
///
/// # Errors
/// `Error::ApiUnsupported` for what is none.
pub fn checked(id: Option<String>) -> Result<String, Error> {
    let is_fit = |id: &String| {
        (1..=CHARACTERS_MAX).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic())
    };
    id.filter(is_fit).ok_or_else(|| Error::ApiUnsupported("it has no id of its own".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_no_id_is_not_taken_for_one() {
        let real = "zk3u5d1x0t7vq2m9c8b6n4e1w";
        assert_eq!(checked(Some(real.to_owned())).unwrap(), real);
        let long = "x".repeat(CHARACTERS_MAX + 1);
        for wrong in [None, Some(""), Some("a b"), Some("a\n"), Some(long.as_str())] {
            let checked = checked(wrong.map(str::to_owned));
            assert!(matches!(checked, Err(Error::ApiUnsupported(_))), "{wrong:?}");
        }
    }
}
