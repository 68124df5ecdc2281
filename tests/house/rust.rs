//! Just enough of Rust to count: a text without comments and strings, and where functions end.

/// The text with every comment, string and character literal blanked, each line in its place.
///
/// A brace in a string would otherwise end a function, and a rule would find its own name.
pub(crate) fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = literal(rest, code.chars().last()).unwrap_or(0);
        if length == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (blanked, after) = rest.split_at(length);
        code.extend(blanked.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = after;
    }
    code
}

/// The length of the comment or literal that `rest` starts with.
fn literal(rest: &str, before: Option<char>) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(rest.find("*/").map_or(rest.len(), |end| end + 2));
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with('r') && !in_word {
        return raw_string(&rest[1..]).map(|length| length + 1);
    }
    if rest.starts_with('"') {
        return Some(until_unescaped(rest, '"'));
    }
    if let Some(inner) = rest.strip_prefix('\'') {
        // A lifetime has no second quote behind its first character.
        let escaped = inner.starts_with('\\');
        let closed = inner.chars().nth(1) == Some('\'');
        return (escaped || closed).then(|| until_unescaped(rest, '\''));
    }
    None
}

fn raw_string(rest: &str) -> Option<usize> {
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    if !rest[hashes..].starts_with('"') {
        return None;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let inner = hashes + 1;
    Some(rest[inner..].find(&end).map_or(rest.len(), |at| inner + at + end.len()))
}

fn until_unescaped(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match (escaped, c) {
            (true, _) => escaped = false,
            (false, '\\') => escaped = true,
            (false, c) if c == quote => return at + c.len_utf8(),
            (false, _) => {}
        }
    }
    rest.len()
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) lines: usize,
}

/// The functions of a text that `code_only` made.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let mut found = vec![];
    for (at, _) in code.match_indices("fn ") {
        let starts_a_word = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let name: String =
            code[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if !starts_a_word || name.is_empty() {
            continue;
        }
        if let Some(length) = body_end(&code[at..]) {
            let line = code[..at].matches('\n').count() + 1;
            let lines = code[at..at + length].matches('\n').count() + 1;
            found.push(Function { name, line, lines });
        }
    }
    found
}

/// Where the body ends; none for a declaration alone.
fn body_end(code: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in code.char_indices() {
        match c {
            ';' if depth == 0 => return None,
            '(' | '[' | '{' => depth += 1,
            '}' if depth == 1 => return Some(at + 1),
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_comments_and_characters_are_blanked() {
        let text = "let a = \"}\\\"}\"; // }\nlet b = '}'; let c: &'a str = r#\"}\"}\"#;\n";
        let code = code_only(text);
        assert_eq!(code.matches('}').count(), 0, "{code}");
        assert_eq!(code.lines().count(), 2);
        assert!(code.contains("let c: &'a str ="));
    }

    #[test]
    fn a_function_is_counted_from_its_name_to_its_end() {
        let text = "trait A { fn declared(&self) -> u8; }\nfn long() {\n    if x {\n    }\n}\n";
        let long = Function { name: "long".to_owned(), line: 2, lines: 4 };
        assert_eq!(functions(&code_only(text)), [long]);
    }
}
