//! A change that the engine refuses is reported in the engine's own words, and works once it can.

use crate::{lab::Lab, wire::Wire};
use bollard::{
    API_DEFAULT_VERSION, Docker, errors::Error as DockerError,
    query_parameters::UpdateNodeOptionsBuilder,
};
use commands::reconcile::Done;
use domain::Version;

const CLIENT_SECONDS: u64 = 20;
/// Managers agree on no entry larger than 1.5 MiB; somewhere below a node is full.
const PADDING_MAX: usize = 2 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_reported_once_in_the_engines_words_and_taken_back() {
    let Some(lab) = Lab::enter().await else { return };
    let world = lab.world().await;
    let node = lab.node(&world, 2);
    world.sweep().await;
    fill(&lab, 2).await;
    world.label(node, "zone", &"a".repeat(63)).await;

    assert_eq!(world.reconcile(node).await.unwrap(), Done::Rejected);
    let (through, words) = world.seen(node).await.unwrap().rejected.unwrap();
    assert_eq!(through, Version(1));
    assert!(words.contains("too large"), "{words}");
    // Tried again at each sweep, said once.
    world.sweep().await;
    assert_eq!(world.count(node, "NodeChangeRejected").await, 1);
    assert_eq!(world.count(node, "NodeChangeApplied").await, 0);

    lab.update(2, &["--label-rm=padding"]);
    world.sweep().await;
    let seen = world.seen(node).await.unwrap();
    assert_eq!((seen.applied, seen.rejected), (Version(1), None));
    assert_eq!(lab.labels(2)["zone"], "a".repeat(63).as_str());
}

/// Pads a label until not one more byte goes in.
async fn fill(lab: &Lab, index: usize) {
    let url = Wire::plain(&lab.engines()[0].socket()).await;
    let docker = Docker::connect_with_http(&url, CLIENT_SECONDS, API_DEFAULT_VERSION);
    let (docker, id) = (docker.unwrap(), lab.engines()[index].node_id.as_str());
    let (mut fits, mut too_much) = (0, PADDING_MAX);
    while too_much - fits > 1 {
        let half = fits.midpoint(too_much);
        match pad(&docker, id, half).await {
            Ok(()) => fits = half,
            Err(error) if error.to_string().contains("out of sequence") => {}
            Err(_) => too_much = half,
        }
    }
    assert!(fits > 0, "nothing fits");
}

async fn pad(docker: &Docker, id: &str, bytes: usize) -> Result<(), DockerError> {
    let node = docker.inspect_node(id).await.unwrap();
    let version = i64::try_from(node.version.unwrap().index.unwrap()).unwrap();
    let mut spec = node.spec.unwrap();
    spec.labels.get_or_insert_default().insert("padding".to_owned(), "x".repeat(bytes));
    let options = UpdateNodeOptionsBuilder::new().version(version).build();
    docker.update_node(id, spec, options).await
}
