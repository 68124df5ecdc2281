//! What runs by itself: it reads the log and says commands, or does what a recorded event asks for.
//! Each may run in several processes at once, and starts over after a crash, with the same end.

pub mod certificate_expiry;
pub mod connectivity_expiry;
pub mod drain;
pub mod shred;
