//! The words of the API: enumerations as clients write and read them.
//!
//! They are types of their own, so that renaming a variant in the domain cannot change the API
//! without a compile error here. Clients accept words that they do not know.

use domain::constraint;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident($domain:path) {
        $($(#[$about:meta])* $word:ident,)+
    })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($(#[$about])* $word,)+ }

        impl From<$domain> for $name {
            fn from(word: $domain) -> Self {
                use $domain as Domain;
                match word { $(Domain::$word => Self::$word,)+ }
            }
        }

        impl From<$name> for $domain {
            fn from(word: $name) -> Self {
                use $domain as Domain;
                match word { $($name::$word => Domain::$word,)+ }
            }
        }
    )+};
}

words! {
    /// Whether a node takes work.
    Availability(domain::availability::Availability) {
        /// Takes new work.
        Active,
        /// Keeps what runs, takes nothing new.
        Pause,
        /// What runs is moved away, nothing new is taken.
        Drain,
    }
    /// One step of a test of connectivity, in the order in which they are taken.
    ConnectivityStep(domain::connectivity::Step) {
        /// The credentials can be read, and the address may be reached.
        Url,
        /// The host has addresses.
        Dns,
        /// Somebody accepts a connection.
        Tcp,
        /// A certificate of a trusted authority, for the right name, that is valid now.
        Tls,
        /// It accepts who Berth says it is.
        ClientCertificate,
        /// It speaks a version of an API that Berth speaks.
        Api,
        /// It may decide, and Berth may ask it to.
        Role,
        /// Which real cluster it is.
        Identity,
        /// There are nodes that can work.
        Nodes,
        /// Its clock agrees with that of Berth.
        Clock,
    }
    /// What came of one step of a test.
    StepOutcome(domain::connectivity::Outcome) {
        /// As it should be.
        Passed,
        /// It works, and something about it should be mended.
        Warned,
        /// Berth cannot work with the cluster like this.
        Failed,
        /// Not tried: there is nothing to try, or a step before it failed.
        Skipped,
    }
    /// How the clusters of a provider share its work.
    DeploymentMode(domain::provider::DeploymentMode) {
        /// One cluster.
        Single,
        /// One primary; the others are ordered fallbacks.
        ActivePassive,
        /// Each workload goes to a cluster drawn at random.
        ActiveActive,
    }
    /// Why a drain failed.
    DrainFailure(domain::node_observation::drain::Failure) {
        /// The deadline passed with something left.
        Deadline,
        /// What is left goes only by force, and the drain was none by force.
        Held,
        /// The cluster no longer lists the node.
        NodeLost,
        /// The cluster refused, in its own words.
        Refused,
        /// The deadline passed while the cluster did not answer; what is left was seen before.
        Unanswered,
    }
    /// How far a drain is.
    DrainState(projections::node_list::row::DrainState) {
        /// Something is to leave yet.
        Draining,
        /// Nothing is left.
        Drained,
        /// It ended with something left.
        Failed,
    }
    /// How work comes back to a cluster that has recovered.
    Failback(domain::provider::failover_policy::Failback) {
        /// An administrator brings it back.
        Manual,
        /// By itself, once the cluster has been well for a while.
        Automatic,
    }
    /// What a lost cluster leads to.
    Failover(domain::provider::failover_policy::Failover) {
        /// Its work moves at once.
        Automatic,
        /// A failover is proposed, and waits for an administrator.
        Approved,
    }
    /// How well a cluster is.
    Health(projections::provider_list::row::Health) {
        /// Nobody has looked.
        Unknown,
    }
    /// Whether an image may be used.
    ImageState(projections::provider_list::row::State) {
        /// It was declared, or disabled since: for nothing new.
        Disabled,
        /// Whoever sees it may use it.
        Enabled,
    }
    /// What became of an entry of an import.
    ImportOutcome(commands::image::import::Outcome) {
        /// It is a new image.
        Declared,
        /// The image was there, and is as the entry says now.
        Changed,
        /// The image was there, just so.
        Unchanged,
    }
    /// Which engine the clusters of a provider run.
    Kind(domain::provider::Kind) {
        /// Docker Swarm.
        Swarm,
        /// Kubernetes.
        Kubernetes,
    }
    /// What a node does in its cluster.
    NodeRole(domain::node_observation::facts::Role) {
        /// Takes part in the control plane.
        Manager,
        /// Runs containers only.
        Worker,
    }
    /// What becomes of something that runs on a node.
    ImpactOutcome(commands::ports::cluster::Outcome) {
        /// It ends here, and is started again elsewhere where it may run.
        Moves,
        /// It no longer matches and is stopped at once, and started again where it may run.
        Stops,
        /// It no longer matches, or does not leave, and stays as it is.
        Stays,
        /// It would be moved by force only.
        Held,
        /// It ends here, and nobody starts it again.
        Ends,
    }
    /// Why a cluster could not be chosen for a workload.
    PlacementObstacle(domain::placement::Obstacle) {
        /// None of its nodes matches the profile and takes work.
        NoMatchingNode,
    }
    /// Why a cluster was chosen for a workload.
    PlacementReason(domain::placement::Reason) {
        /// It was drawn.
        Drawn,
        /// It stands first in the order of fallbacks.
        FirstRanked,
        /// The provider has no other.
        OnlyCluster,
    }
    /// Whether a node works.
    NodeState(domain::node_observation::facts::State) {
        /// It takes part.
        Ready,
        /// It answers, but not well.
        NotReady,
        /// The cluster gave it up.
        Down,
        /// The cluster does not hear from it.
        Unreachable,
        /// The cluster cannot say.
        Unknown,
    }
    /// Whether a provider may be used.
    ProviderState(projections::provider_list::row::State) {
        /// Hands off.
        Disabled,
        /// Its organizations may use it.
        Enabled,
    }
    /// Whether a node is reached. A manager of a Swarm is asked by the other managers. Kubernetes
    /// asks no node; there it is derived from the condition `Ready` and the taint
    /// `node.kubernetes.io/unreachable`.
    Reachability(domain::node_observation::facts::Reachability) {
        /// The node is a Swarm's and no manager.
        NotApplicable,
        /// It answers the other managers, or reports how it is.
        Reachable,
        /// It does not.
        Unreachable,
        /// The cluster cannot say.
        Unknown,
    }
    /// What came of a test of connectivity.
    TestResult(projections::provider_list::row::TestResult) {
        /// Each step of it, on each cluster.
        Passed,
        /// At least one step.
        Failed,
    }
    /// What a cluster does for its provider.
    ClusterRole(projections::provider_profile::row::Role) {
        /// Takes the work.
        Primary,
        /// Waits for the primary to fail.
        Standby,
        /// Shares the work with the others.
        Active,
    }
    /// What a principal may do; where, is said beside it.
    Role(domain::role::Name) {
        /// Everything in the instance.
        Administrator,
        /// Reads everything in the instance.
        Auditor,
        /// Reads in one organization, and scales its workloads.
        Member,
        /// Everything in one organization.
        OrganizationAdministrator,
    }
    /// Who may use a provider, or an image of it.
    Visibility(domain::provider::Visibility) {
        /// Every organization.
        Public,
        /// Only the organizations associated with the provider.
        Private,
    }
    /// How far a cluster is with the newest version of a secret.
    SecretState(projections::secret_list::row::State) {
        /// The cluster holds it, and what mounts the secret there is made from it.
        Applied,
        /// It is on its way.
        Pending,
        /// It was refused, or something did not come up with it.
        Rejected,
    }
    /// How far a workload is.
    WorkloadState(projections::workload_list::row::State) {
        /// It has no cluster yet.
        Requested,
        /// It has a cluster, which is to run it.
        Placed,
        /// All of its containers run there.
        Running,
        /// Fewer of them run than should.
        Degraded,
        /// Its cluster, or Berth, refused it.
        Rejected,
        /// It has a cluster, which is to run none of its containers.
        Stopped,
    }
}

/// How the value of a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Operator {
    /// The node has the label with this value.
    Equal,
    /// The node has another value, or not this label.
    NotEqual,
}

impl From<constraint::Operator> for Operator {
    fn from(word: constraint::Operator) -> Self {
        match word {
            constraint::Operator::Equal => Self::Equal,
            constraint::Operator::NotEqual => Self::NotEqual,
        }
    }
}

impl From<Operator> for constraint::Operator {
    fn from(word: Operator) -> Self {
        match word {
            Operator::Equal => Self::Equal,
            Operator::NotEqual => Self::NotEqual,
        }
    }
}
