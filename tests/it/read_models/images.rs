//! What the list of images shows, and to whom.

use super::{queries::everything, script::Script, table::Process};
use domain::{
    Version,
    ids::{ImageId, OrganizationId, ProviderId},
    image::{
        availability::{Offer, Standing},
        change_visibility::VisibilityChanged,
        declare::Declared,
        enable::Enabled,
    },
    organization::associate::Associated,
    provider::{DeploymentMode, Visibility},
    scope::Scope,
    testing::{
        cluster_added, created, enabled, image, made_private, organization_registered, place,
    },
};
use projections::{
    Model,
    image_list::query::{self, EXPORT_MAX, Filter},
    page::Listing,
    provider_list::row::State,
};
use sqlx::PgPool;
use std::collections::BTreeSet;
use tests::harness::Database;
use uuid::Uuid;

const MODEL: Model = Model::ImageList;

fn id(number: u128) -> ImageId {
    ImageId(Uuid::from_u128(0xb000 + number))
}

/// Every event of an image.
pub(super) fn scenes(script: &Script) {
    script.image(id(1), image::declared("nginx"));
    script.image(id(1), image::enabled());
    script.image(id(1), image::made_private());
    script.image(id(2), image::declared("registry.example/Team/app:1".to_lowercase().as_str()));
    script.image(id(2), image::enabled());
    script.image(id(2), image::disabled());
    script.image(id(3), image::declared("busybox"));
    script.image(id(3), image::withdrawn("busybox"));
}

async fn references(pool: &PgPool, filter: Filter) -> Vec<String> {
    let page = query::list(pool, &Scope::Instance, &filter, &Listing::default()).await.unwrap();
    page.items.iter().map(|row| row.reference.to_string()).collect()
}

#[tokio::test]
async fn images_are_shown_and_found_by_reference_visibility_and_state() {
    let (database, script) = (Database::create().await, everything());
    let process = Process::start(&database, &script, &[MODEL]).await;
    process.reach(MODEL, script.end()).await;
    let (pool, paris) = (&process.pool, place().provider);

    let row = query::get(pool, &Scope::Instance, paris, id(1)).await.unwrap().row.unwrap();
    assert_eq!((row.version, row.state), (Version(3), State::Enabled));
    assert_eq!((row.visibility, row.provider_id), (Visibility::Private, paris));
    assert!(row.created_at < row.updated_at && !row.stale);
    assert_eq!(
        query::get(pool, &Scope::Instance, paris, id(3)).await.unwrap().row,
        None,
        "withdrawn"
    );
    let elsewhere = ProviderId(Uuid::from_u128(99));
    assert_eq!(query::get(pool, &Scope::Instance, elsewhere, id(1)).await.unwrap().row, None);

    let of_paris = || Filter { provider: Some(paris), ..Filter::default() };
    let app = "registry.example/team/app:1";
    assert_eq!(references(pool, of_paris()).await, ["nginx", app]);
    let part = Some("TEAM".to_owned());
    assert_eq!(references(pool, Filter { reference: part, ..of_paris() }).await, [app]);
    let public = Some(Visibility::Public);
    assert_eq!(references(pool, Filter { visibility: public, ..of_paris() }).await, [app]);
    let enabled = Some(State::Enabled);
    assert_eq!(references(pool, Filter { state: enabled, ..of_paris() }).await, ["nginx"]);
    let nowhere = Filter { provider: Some(elsewhere), ..Filter::default() };
    assert!(references(pool, nowhere).await.is_empty());
}

/// A provider and an image of it for each standing, numbered in their order. Acme is associated
/// with those that ask for it.
fn every_standing(script: &Script, acme: OrganizationId) {
    script.organization(acme, organization_registered("Acme"));
    for (number, standing) in (1..).zip(Standing::each()) {
        let Standing { provider: Offer { enabled: open, visibility }, image, associated } =
            standing;
        let provider_id = ProviderId(Uuid::from_u128(0xa000 + number));
        script.provider(provider_id, created(DeploymentMode::Single));
        script.provider(provider_id, cluster_added(1));
        if open {
            script.provider(provider_id, enabled());
        }
        if visibility == Visibility::Private {
            script.provider(provider_id, made_private());
        }
        let reference = image::reference(&format!("app:{number}"));
        let declared = Declared { provider_id, reference, visibility: Visibility::Public };
        script.image(id(number), declared.into());
        if image.enabled {
            script.image(id(number), Enabled { provider_id }.into());
        }
        if image.visibility == Visibility::Private {
            let before = Visibility::Public;
            let visibility = domain::change::Change { before, after: image.visibility };
            script.image(id(number), VisibilityChanged { provider_id, visibility }.into());
        }
        if associated {
            script.organization(acme, Associated { provider_id }.into());
        }
    }
}

#[tokio::test]
async fn an_organization_is_shown_what_the_domain_calls_available_and_nothing_else() {
    let (database, script) = (Database::create().await, Script::default());
    let acme = OrganizationId(Uuid::from_u128(1));
    every_standing(&script, acme);
    let process = Process::start(&database, &script, &[MODEL]).await;
    process.reach(MODEL, script.end()).await;
    let pool = &process.pool;

    let of = |numbers: &[u128]| {
        let ids = numbers.iter().map(|number| OrganizationId(Uuid::from_u128(*number)));
        Scope::Organizations(ids.collect())
    };
    let members = of(&[1]);
    let seen = async |scope: &Scope, filter: Filter| {
        let page = query::list(pool, scope, &filter, &Listing::default()).await.unwrap();
        let references = page.items.iter().map(|row| row.reference.to_string());
        references.collect::<BTreeSet<_>>()
    };
    let shown = seen(&members, Filter::default()).await;
    let mut available = BTreeSet::new();
    for (number, standing) in (1..).zip(Standing::each()) {
        let provider = ProviderId(Uuid::from_u128(0xa000 + number));
        let got = query::get(pool, &members, provider, id(number)).await.unwrap().row;
        assert_eq!(got.is_some(), standing.is_available(), "{standing:?}");
        if standing.is_available() {
            available.insert(format!("app:{number}"));
        }
    }
    assert_eq!(shown, available);
    assert_eq!(available.len(), 5, "public on public twice, and one each with an association");

    let filter = |organization| Filter { available_to: Some(organization), ..Filter::default() };
    assert_eq!(seen(&Scope::Instance, filter(acme)).await, available, "the same as a question");

    // Another organization sees what is public throughout; who is in both sees both, and who is in
    // none sees nothing.
    let zenith = OrganizationId(Uuid::from_u128(2));
    assert_eq!(seen(&of(&[2]), Filter::default()).await.len(), 2);
    assert_eq!(seen(&Scope::Instance, filter(zenith)).await.len(), 2);
    assert_eq!(seen(&of(&[1, 2]), Filter::default()).await, available);
    assert!(seen(&of(&[]), Filter::default()).await.is_empty());
}

#[tokio::test]
async fn an_export_goes_on_where_a_part_ended() {
    let (database, script) = (Database::create().await, Script::default());
    let all = u128::from(EXPORT_MAX) + 5;
    for number in 1..=all {
        script.image(id(number), image::declared(&format!("app:{number:05}")));
    }
    let process = Process::start(&database, &script, &[MODEL]).await;
    process.reach(MODEL, script.end()).await;
    let first = query::export(&process.pool, place().provider, None).await.unwrap();
    assert_eq!((first.items.len(), first.position), (usize::from(EXPORT_MAX), script.end()));
    let second = query::export(&process.pool, place().provider, first.next).await.unwrap();
    assert_eq!((second.items.len(), second.next), (5, None));
    assert_eq!(second.items[4].reference.as_str(), format!("app:{all:05}"));
}
