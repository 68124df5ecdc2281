//! The grammars of texts, as regular expressions of ECMA-262 for readers of the document.
//!
//! The domain has the rules themselves; tools that try the API against its own contract find where
//! the two differ.

/// What does not show, but for control characters. What lies beyond the first plane is refused too,
/// but there is no way to write it that every reader of a pattern understands.
macro_rules! invisible {
    () => {
        concat!(
            r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e",
            r"\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb",
        )
    };
}

/// Any character of a text of one line.
macro_rules! inner {
    ($also:literal) => {
        concat!(r"[^\u0000-\u001f\u007f-\u009f", $also, invisible!(), "]")
    };
}

/// White space, which a text of one line does not end with.
macro_rules! space {
    () => {
        r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
    };
}

/// The last character of a text of one line.
macro_rules! last {
    ($also:literal) => {
        concat!(r"[^\u0000-\u001f\u007f-\u009f", $also, space!(), invisible!(), "]")
    };
}

/// The first one, which is also no mark that changes the character before it.
macro_rules! first {
    ($also:literal) => {
        concat!(r"[^\u0000-\u001f\u007f-\u009f\ufe00-\ufe0f", $also, space!(), invisible!(), "]")
    };
}

/// One line: nothing invisible, no white space at its ends.
pub(super) const LINE: &str = concat!("^", first!(""), "(", inner!(""), "*", last!(""), ")?$");
/// One line without a colon.
pub(super) const USERNAME: &str =
    concat!("^", first!(":"), "(", inner!(":"), "*", last!(":"), ")?$");
/// What no registry refuses: tabs and line breaks, though none at its end.
pub(super) const PASSWORD: &str = concat!(
    r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*",
    r"[^\u0000-\u0008\u000a-\u000c\u000e-\u001f\u007f-\u009f]$"
);
/// One line with an at sign in it.
pub(super) const EMAIL: &str = concat!(
    "^(",
    first!(""),
    inner!(""),
    "*@|@|",
    first!(""),
    inner!(""),
    "*@",
    inner!(""),
    "*",
    last!(""),
    "|@",
    inner!(""),
    "*",
    last!(""),
    ")$"
);
/// Several lines, or none.
pub(super) const BLOCK: &str =
    concat!(r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f", invisible!(), "]*$");
/// What only its format tells.
pub(super) const ANYTHING: &str = r"^[\s\S]+$";
/// What a list is searched for.
pub(super) const SEARCHED: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// The key of a label, which both engines accept.
pub(super) const LABEL_KEY: &str = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,61}[A-Za-z0-9]$";
/// The value of a label.
pub(super) const LABEL_VALUE: &str = "^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$";
/// Labels to look for: `zone=a,gpu`.
pub(super) const LABELS: &str = concat!(
    "^[A-Za-z0-9][A-Za-z0-9_.-]{0,61}[A-Za-z0-9]",
    "(=[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?",
    "(,[A-Za-z0-9][A-Za-z0-9_.-]{0,61}[A-Za-z0-9]",
    "(=[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?){0,19}$"
);
/// The name of a secret.
pub(super) const SECRET_NAME: &str =
    r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$";
/// The name of a file that a secret is mounted as.
pub(super) const FILE_NAME: &str = "^[A-Za-z0-9_][A-Za-z0-9_.-]*$";
/// The name of a variable of the environment.
pub(super) const VARIABLE: &str = "^[A-Za-z_][A-Za-z0-9_]*$";
/// What a bearer token is made of.
pub(super) const VISIBLE: &str = "^[!-~]+$";
/// The signs of a cluster's address; its format says more.
pub(super) const CLUSTER_URL: &str = concat!(
    r"^[Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])",
    r"(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$"
);
/// The signs of a server's name; its format says more.
pub(super) const SERVER_NAME: &str = "^[A-Za-z0-9._:-]+$";
/// The signs of an image's reference; its format says more.
pub(super) const IMAGE_REFERENCE: &str = r"^[A-Za-z0-9\[][A-Za-z0-9._:/@\[\]-]*$";
/// A registry as references name it; an IPv6 address in brackets, which is taken too, is left out.
pub(super) const REGISTRY: &str = concat!(
    "^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?",
    "((\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+(:[1-9][0-9]{0,3})?|:[1-9][0-9]{0,3})",
    "|[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt])$",
);
/// Where a list goes on.
pub(super) const CURSOR: &str = "^[A-Za-z0-9_-]+$";
/// What an event touched.
pub(super) const TAG: &str =
    "^[a-z_]+:[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$";
/// A version in quotation marks.
pub(super) const VERSION: &str = r#"^"(0|[1-9][0-9]{0,14})"$"#;
/// A position of the log, or a time of RFC 3339.
pub(super) const MOMENT: &str = concat!(
    "^([0-9]{1,15}|[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
    "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
    r"(\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))$"
);
/// Where something new is shown, as soon as it is.
pub(super) const LOCATION: &str = r"^/v1/[^?]+\?at_least=[0-9]+$";
