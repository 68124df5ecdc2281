//! A change that the engine refuses is reported in the engine's own words, and works once it can.

use crate::real::{Real, node, world};
use commands::reconcile::Done;
use domain::Version;

pub(super) async fn a_refusal_is_reported_once_in_the_engines_words_and_taken_back(
    real: &dyn Real,
) {
    let world = world(real).await;
    let node = node(&world, real, 2);
    world.sweep().await;
    let its_words = real.refuse(2);
    let long = "a".repeat(63);
    world.label(node, "zone", &long).await;

    assert_eq!(world.reconcile(node).await.unwrap(), Done::Rejected);
    let (through, words) = world.seen(node).await.unwrap().rejected.unwrap();
    assert_eq!(through, Version(1));
    assert!(words.contains(its_words), "{words}");
    // Tried again at each sweep, said once.
    world.sweep().await;
    assert_eq!(world.count(node, "NodeChangeRejected").await, 1);
    assert_eq!(world.count(node, "NodeChangeApplied").await, 0);

    real.permit(2);
    world.sweep().await;
    let seen = world.seen(node).await.unwrap();
    assert_eq!((seen.applied, seen.rejected), (Version(1), None));
    assert_eq!(real.labels(2)["zone"], long.as_str());
}
