//! A Swarm node with so many labels that not one more goes in: managers agree on no entry larger
//! than 1.5 MiB.

use crate::lab::Lab;

/// Sizes of one label, in bytes; no argument of a program may be larger than 128 KiB.
const SIZES: [usize; 5] = [100_000, 10_000, 1_000, 100, 10];
/// More than go in.
const LABELS_MAX: usize = 200;

/// Adds labels, the large ones first, until none of any size goes in.
pub(crate) fn fill(lab: &Lab, node: usize) {
    let id = &lab.engines()[node].node_id;
    let mut sizes = SIZES.into_iter().peekable();
    for number in 0..LABELS_MAX {
        let Some(size) = sizes.peek() else { return };
        let label = format!("--label-add=padding{number}={}", "x".repeat(*size));
        match lab.docker(0, &["node", "update", &label, id]) {
            Err(error) if error.to_string().contains("too large") => drop(sizes.next()),
            Err(error) if !error.to_string().contains("out of sequence") => panic!("{error}"),
            _ => {}
        }
    }
    panic!("no end of labels goes in");
}
