//! Certificates in their list: when they end, and what uses them.

use super::{script::Script, table::Process};
use domain::{
    change::Change,
    ids::{CertificateId, ClusterId, ProviderId},
    provider::{Cluster, DeploymentMode, add_cluster::ClusterAdded},
    testing::{
        certificates::{
            certificate_expiring, certificate_imported, certificate_removed, certificate_replaced,
        },
        cluster, cluster_removed, created, endpoint_changed, provider_removed,
    },
};
use projections::{
    Model,
    certificate_list::{query, row::Use},
    page::Listing,
};
use tests::harness::Database;
use uuid::Uuid;

fn certificate(number: u128) -> CertificateId {
    CertificateId(Uuid::from_u128(0xce00 + number))
}
fn provider(number: u128) -> ProviderId {
    ProviderId(Uuid::from_u128(0xcf00 + number))
}

/// A cluster that uses a certificate.
fn with(number: u16, of: CertificateId) -> ClusterAdded {
    ClusterAdded { cluster: Cluster { certificate_id: Some(of), ..cluster(number) } }
}

/// Every event of certificates, and every way in which one is used and no longer used.
pub(super) fn scenes(script: &Script) {
    let (one, two) = (certificate(1), certificate(2));
    script.certificate(one, certificate_imported("one", 1));
    script.certificate(two, certificate_imported("two", 2));
    script.certificate(certificate(3), certificate_imported("three", 3));
    let (paris, lyon) = (provider(1), provider(2));
    script.provider(paris, created(DeploymentMode::ActivePassive));
    script.provider(lyon, created(DeploymentMode::ActivePassive));
    script.provider(paris, with(11, one));
    script.provider(paris, with(12, one));
    script.provider(paris, with(13, one));
    script.provider(lyon, with(14, one));
    script.provider(paris, cluster_removed(12));
    let moved = domain::provider::change_cluster_endpoint::ClusterEndpointChanged {
        ca: None,
        certificate_id: Some(Change { before: Some(one), after: Some(two) }),
        cluster_id: cluster(13).id,
        server_name: None,
        token: None,
        url: None,
        urls: None,
    };
    script.provider(paris, endpoint_changed(moved));
    script.provider(lyon, provider_removed(&[14]));
    script.certificate(one, certificate_expiring(1, 30, &[paris]));
    script.certificate(one, certificate_replaced(1, 4, &[paris]));
    script.certificate(two, certificate_expiring(2, 7, &[]));
    script.certificate(certificate(3), certificate_removed());
}

#[tokio::test]
async fn a_certificate_shows_its_end_and_the_clusters_that_use_it() {
    let (database, script) = (Database::create().await, Script::default());
    scenes(&script);
    let process = Process::start(&database, &script, &[Model::CertificateList]).await;
    process.reach(Model::CertificateList, script.end()).await;
    let (every, first) = (query::Filter::default(), Listing::default());
    let all = query::list(&process.pool, &every, &first).await.unwrap().items;
    assert_eq!(all.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    let used = |number: u16| {
        let cluster_id: ClusterId = cluster(number).id;
        vec![Use { provider_id: provider(1), cluster_id }]
    };
    assert_eq!((&all[0].used_by, &all[1].used_by), (&used(11), &used(13)));
    assert_eq!((all[0].warned, all[1].warned), (None, Some(7)), "a replacement begins anew");
    assert_eq!((all[0].version.0, all[0].serial_number.as_str()), (3, "4"));
    let gone = query::get(&process.pool, certificate(3)).await.unwrap();
    assert_eq!(gone.row, None);
}
