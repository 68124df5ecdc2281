//! The style of this house, as far as a machine can see it. Each rule says what to do instead.

mod documents;
mod layout;
mod words;
