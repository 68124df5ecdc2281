//! What every text of a person must obey: no control characters, nothing invisible, a bound.

/// Why a text is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Shorter than allowed.
    #[error("must not be empty")]
    Empty,
    /// Longer than allowed.
    #[error("must have at most {most} characters, but has {has}")]
    TooLong {
        /// The bound, in characters.
        most: usize,
        /// What was given.
        has: usize,
    },
    /// A character that does not show.
    #[error("must not contain {0:?}: control and invisible characters are refused")]
    Unprintable(char),
    /// White space where nobody sees it.
    #[error("must not start or end with white space")]
    Padded,
}

/// Checks a text of one line.
///
/// # Errors
/// Names the first rule that the text breaks.
pub fn line(text: &str, most: usize) -> Result<(), Error> {
    if text.is_empty() {
        return Err(Error::Empty);
    }
    if text.trim() != text {
        return Err(Error::Padded);
    }
    if let Some(c) = text.chars().next().filter(|c| is_variation_selector(*c)) {
        return Err(Error::Unprintable(c));
    }
    block(text, most)?;
    text.chars().find(|c| c.is_control()).map_or(Ok(()), |c| Err(Error::Unprintable(c)))
}

/// Checks a text of several lines, which may be empty; line feeds and tabs are allowed.
///
/// # Errors
/// Names the first rule that the text breaks.
pub fn block(text: &str, most: usize) -> Result<(), Error> {
    let has = text.chars().count();
    if has > most {
        return Err(Error::TooLong { most, has });
    }
    let bad = |c: char| (c.is_control() && c != '\n' && c != '\t') || is_invisible(c);
    text.chars().find(|c| bad(*c)).map_or(Ok(()), |c| Err(Error::Unprintable(c)))
}

/// Format characters that change or hide what a reader sees: zero-width, direction and separators.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

/// What changes how the character before it looks, as emoji have it: nothing without one.
pub(crate) fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_checked_for_each_rule() {
        assert_eq!(line("", 3), Err(Error::Empty));
        assert_eq!(line(" a", 3), Err(Error::Padded));
        assert_eq!(line("abcd", 3), Err(Error::TooLong { most: 3, has: 4 }));
        assert_eq!(line("a\nb", 3), Err(Error::Unprintable('\n')));
        assert_eq!(line("a\u{200b}b", 3), Err(Error::Unprintable('\u{200b}')));
        assert_eq!(line("\u{fe0f}a", 3), Err(Error::Unprintable('\u{fe0f}')));
        assert_eq!(line("\u{2601}\u{fe0f}", 3), Ok(()));
        assert_eq!(line("äöü", 3), Ok(()));
    }

    #[test]
    fn a_block_may_have_lines_and_be_empty() {
        assert_eq!(block("", 3), Ok(()));
        assert_eq!(block("a\nb", 3), Ok(()));
        assert_eq!(block("a\0b", 3), Err(Error::Unprintable('\0')));
    }
}
