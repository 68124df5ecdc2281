//! What is run in a container instead of the image's own entry point, word by word.
//!
//! Words are taken as they are: no shell reads them, and an adapter escapes what its engine would
//! expand (Kubernetes reads `$(NAME)`).

use crate::text;

/// The most words.
pub const WORDS_MAX: usize = 64;
/// The longest word, in characters.
pub const WORD_CHARACTERS_MAX: usize = 4096;

/// Checks one word, by its place; the first one names a program.
///
/// # Errors
/// Names the rule that the text breaks.
pub fn check_word(index: usize, word: &str) -> Result<(), text::Error> {
    if index == 0 && word.is_empty() {
        return Err(text::Error::Empty);
    }
    text::block(word, WORD_CHARACTERS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_names_a_program_and_the_others_may_be_empty() {
        assert_eq!(check_word(0, ""), Err(text::Error::Empty));
        assert_eq!(check_word(1, ""), Ok(()));
        assert_eq!(check_word(1, "echo $(HOME)\n\tdone "), Ok(()));
        assert_eq!(check_word(0, "a\0"), Err(text::Error::Unprintable('\0')));
        let long = "x".repeat(WORD_CHARACTERS_MAX + 1);
        assert!(matches!(check_word(1, &long), Err(text::Error::TooLong { .. })));
    }
}
