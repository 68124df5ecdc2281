//! What is observed of a cluster. One file a verb.

pub mod expire_test;
pub mod identify;
pub mod report_test;
pub mod request_test;
