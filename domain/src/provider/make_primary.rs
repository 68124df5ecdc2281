//! `MakePrimary`: a cluster takes the first rank, and those that stood before it step back by one
//! place each. What runs stays where it is.

use super::{DeploymentMode, Error, Event, Registered, rank_clusters::ranked};
use crate::ids::ClusterId;

pub(super) fn decide(provider: &Registered, primary: ClusterId) -> Result<Vec<Event>, Error> {
    let wanted = provider.clusters.get(&primary).ok_or(Error::ClusterNotFound)?;
    if provider.deployment_mode == DeploymentMode::ActiveActive {
        return Err(Error::NoPrimary);
    }
    let mut before: Vec<_> = provider.clusters.values().collect();
    before.retain(|cluster| cluster.rank <= wanted.rank);
    before.sort_by_key(|cluster| cluster.rank);
    let ranks = before.iter().map(|cluster| cluster.rank);
    // The last of them is the one that comes to the front.
    let order = before.last().into_iter().chain(before.iter().take(before.len().saturating_sub(1)));
    let mut after = provider.clone();
    for (cluster, rank) in order.zip(ranks) {
        if let Some(cluster) = after.clusters.get_mut(&cluster.id) {
            cluster.rank = rank;
        }
    }
    Ok(ranked(provider, &after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        provider::{Command, Provider},
        testing::{When, cluster, cluster_added, created, given, ranked},
    };
    use DeploymentMode as Mode;

    fn when(mode: Mode, number: u16) -> When<Provider> {
        let added = [cluster_added(2), cluster_added(3), cluster_added(5)];
        let history = [created(mode)].into_iter().chain(added);
        given::<Provider>(history).when(Command::MakePrimary(cluster(number).id))
    }

    #[test]
    fn the_last_comes_to_the_front_and_the_others_keep_their_order() {
        when(Mode::ActivePassive, 5).then([ranked(&[(2, 2, 3), (3, 3, 5), (5, 5, 2)])]);
    }

    #[test]
    fn those_behind_it_stay_where_they_are() {
        when(Mode::ActivePassive, 3).then([ranked(&[(2, 2, 3), (3, 3, 2)])]);
    }

    #[test]
    fn the_primary_stays_the_primary() {
        when(Mode::ActivePassive, 2).then([]);
        given::<Provider>([created(Mode::Single), cluster_added(1)])
            .when(Command::MakePrimary(cluster(1).id))
            .then([]);
    }

    #[test]
    fn where_all_are_active_none_is_primary() {
        when(Mode::ActiveActive, 3).then_refused(Error::NoPrimary);
    }

    #[test]
    fn a_cluster_of_nobody_is_no_primary() {
        when(Mode::ActivePassive, 4).then_refused(Error::ClusterNotFound);
        given::<Provider>([])
            .when(Command::MakePrimary(cluster(1).id))
            .then_refused(Error::NotFound);
    }
}
