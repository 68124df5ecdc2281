//! Every problem there is, with its status and its page.

use actix_web::http::StatusCode;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $slug:literal $title:literal,)+) => {
        /// Which problem it is. The word for it is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $($(#[$doc])* $name,)+ }

        impl Code {
            /// Every problem.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The last part of its address.
            #[must_use]
            pub fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)+ }
            }
            /// The problem in words, always the same.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }
            /// Its page: title, cause, cure.
            #[must_use]
            pub fn page(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../../problems/", $slug, ".md")),)+
                }
            }
            fn number(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }
        }
    };
}

codes! {
    /// The id is taken.
    AlreadyExists = 409 "already-exists" "It exists already",
    /// The read model has not come so far.
    Behind = 503 "behind" "The read model has not come that far yet",
    /// More than a request may carry.
    BodyTooLarge = 413 "body-too-large" "The body is too large",
    /// The queue of appends is full.
    Busy = 503 "busy" "Too many commands are waiting",
    /// Nobody imported the certificate.
    CertificateNotFound = 404 "certificate-not-found" "There is no such certificate",
    /// No cluster of the provider has this id.
    ClusterNotFound = 404 "cluster-not-found" "The provider has no such cluster",
    /// A real cluster belongs to one provider, once.
    ClusterRejected = 409 "cluster-rejected" "A cluster of the provider is another's",
    /// Two clusters of a provider would share a name, a rank or an address.
    ClusterTaken = 409 "cluster-taken" "Another cluster of the provider has this",
    /// What only the cluster could say.
    ClusterUnavailable = 503 "cluster-unavailable" "The cluster does not say",
    /// A cluster of its kind is not reached in this way.
    ClusterUnfit = 422 "cluster-unfit" "The cluster cannot be reached in this way",
    /// Other writers were faster each time.
    Contended = 409 "contended" "Other writers were faster",
    /// The principal may not do this.
    Forbidden = 403 "forbidden" "The principal may not do this",
    /// Nobody asked for a test with this id.
    ConnectivityTestNotFound = 404 "connectivity-test-not-found"
        "There is no such connectivity test",
    /// A key was used for another request.
    IdempotencyKeyReused = 422 "idempotency-key-reused"
        "The idempotency key was used for another request",
    /// The identity provider does not say its keys.
    IdentityProviderUnavailable = 503 "identity-provider-unavailable"
        "The identity provider does not answer",
    /// A drain is under way.
    Draining = 409 "draining" "The node is being drained",
    /// An administrator has not enabled the image.
    ImageDisabled = 409 "image-disabled" "The image is disabled",
    /// Nobody declared the image on the provider.
    ImageNotFound = 404 "image-not-found" "The provider has no such image",
    /// A defect of this program.
    Internal = 500 "internal" "Berth failed",
    /// Fields of the body break rules.
    InvalidFields = 422 "invalid-fields" "Fields of the request break rules",
    /// The label was set elsewhere.
    LabelNotOwned = 409 "label-not-owned" "The label was not set through Berth",
    /// An enabled provider keeps a cluster.
    LastCluster = 409 "last-cluster" "An enabled provider keeps at least one cluster",
    /// A header that cannot be read.
    MalformedHeader = 400 "malformed-header" "A header cannot be read",
    /// A body that is no JSON.
    MalformedJson = 400 "malformed-json" "The body is not JSON",
    /// A part of the address that cannot be read.
    MalformedParameter = 400 "malformed-parameter" "A parameter cannot be read",
    /// The path has no such method.
    MethodNotAllowed = 405 "method-not-allowed" "The path has no such method",
    /// Somebody else says what a principal is called.
    NamedElsewhere = 409 "named-elsewhere" "An identity provider names the principal",
    /// A name that reads the same as another.
    NameTaken = 409 "name-taken" "The name is taken",
    /// A provider without a cluster cannot be enabled.
    NoCluster = 409 "no-cluster" "The provider has no cluster",
    /// No cluster could take the workload.
    NoMatchingNode = 409 "no-matching-node" "No node matches the profile and takes work",
    /// No cluster of the provider ever showed the node.
    NodeNotFound = 404 "node-not-found" "The provider has no such node",
    /// Where all clusters are active, none is the primary.
    NoPrimary = 422 "no-primary" "No cluster is the primary in this deployment mode",
    /// There was no association to undo.
    NotAssociated = 404 "not-associated" "The organization is not associated with the provider",
    /// There is no drain to cancel.
    NotDraining = 409 "not-draining" "The node is not being drained",
    /// The log does not reach so far.
    NotYetRecorded = 409 "not-yet-recorded" "The log has not come that far yet",
    /// No such path.
    NotFound = 404 "not-found" "There is nothing at this path",
    /// Nobody registered the organization.
    OrganizationNotFound = 404 "organization-not-found" "There is no such organization",
    /// The organization never defined the profile.
    ProfileNotFound = 404 "profile-not-found" "The organization has no such profile",
    /// Command and environment are more than an event may carry.
    ProfileTooLarge = 422 "profile-too-large" "Command and environment are too large",
    /// Nobody has this id.
    PrincipalNotFound = 404 "principal-not-found" "There is no such principal",
    /// Disabled means hands off.
    ProviderDisabled = 409 "provider-disabled" "The provider is disabled",
    /// Nobody registered the provider.
    ProviderNotFound = 404 "provider-not-found" "There is no such provider",
    /// No credential was set for the registry.
    RegistryNotFound = 404 "registry-not-found" "The provider has no credential for this registry",
    /// It ended before.
    Removed = 410 "removed" "It was removed",
    /// Nobody granted the role.
    RoleNotFound = 404 "role-not-found" "There is no such role",
    /// Organizations would lose a provider that they use.
    ShutOut = 409 "shut-out" "Organizations use the provider and would be shut out",
    /// Nobody created the secret on the provider.
    SecretNotFound = 404 "secret-not-found" "The provider has no such secret",
    /// Mode `single` has one cluster.
    SingleCluster = 422 "single-cluster" "Deployment mode `single` has one cluster",
    /// Something still uses it.
    StillUsed = 409 "still-used" "It is still in use",
    /// The request took too long.
    TimedOut = 503 "timed-out" "The request took too long",
    /// Nobody issued the token.
    TokenNotFound = 404 "token-not-found" "There is no such token",
    /// A token is not sent to a host it was not given for.
    TokenNeeded = 422 "token-needed" "Another host needs the token again",
    /// More clusters than a provider may have.
    TooManyClusters = 422 "too-many-clusters" "The provider has as many clusters as it may have",
    /// More labels than a node may have.
    TooManyLabels = 422 "too-many-labels" "The node has as many labels as it may have",
    /// More registries than a provider may have credentials for.
    TooManyRegistries = 422 "too-many-registries"
        "The provider has as many credentials as it may have",
    /// More than one caller's share.
    TooManyRequests = 429 "too-many-requests" "Too many requests",
    /// More roles than a principal may have.
    TooManyRoles = 422 "too-many-roles" "The principal has as many roles as it may have",
    /// Each open stream keeps a connection.
    TooManyStreams = 503 "too-many-streams" "Too many event streams are open",
    /// More tokens than a principal may have.
    TooManyTokens = 422 "too-many-tokens" "The principal has as many tokens as it may have",
    /// More use it than a command looks through.
    TooManyUsers = 409 "too-many-users" "Too many use it for one command to look through",
    /// No token, or none that is known.
    Unauthenticated = 401 "unauthenticated" "A token is needed",
    /// The log or the database does not answer.
    Unavailable = 503 "unavailable" "The database does not answer",
    /// An event that this program cannot read.
    UnreadableEvent = 500 "unreadable-event" "An event cannot be read",
    /// The body is of another type than JSON.
    UnsupportedMediaType = 415 "unsupported-media-type" "The body must be JSON",
    /// `If-Match` named a version that is gone.
    VersionGone = 412 "version-gone" "Somebody else was faster",
    /// The organization never requested the workload.
    WorkloadNotFound = 404 "workload-not-found" "The organization has no such workload",
    /// Nobody would look after them.
    WorkloadsRun = 409 "workloads-run" "Workloads run on the provider",
}

impl Code {
    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.number()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Where its page is served.
    #[must_use]
    pub fn address(self) -> String {
        format!("/problems/{}", self.slug())
    }

    /// When it is worth trying again, if waiting alone is a cure.
    #[must_use]
    pub fn retry_after_seconds(self) -> Option<u16> {
        match self.number() {
            429 | 503 => Some(1),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_a_page_with_title_cause_and_cure() {
        for code in Code::ALL {
            let page = code.page();
            assert!(page.starts_with(&format!("# {}\n", code.title())), "{}", code.slug());
            assert!(page.contains("\n## Cause\n\n"), "{}", code.slug());
            assert!(page.contains("\n## Cure\n\n"), "{}", code.slug());
            assert!(page.contains(&format!("status {}", code.number())), "{}", code.slug());
        }
    }

    #[test]
    fn every_page_belongs_to_a_problem() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/problems");
        let known: Vec<String> =
            Code::ALL.iter().map(|code| format!("{}.md", code.slug())).collect();
        for file in std::fs::read_dir(folder).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            assert!(known.contains(&name), "{name} explains a problem that does not exist");
        }
    }

    #[test]
    fn every_status_is_one() {
        for code in Code::ALL {
            assert!((400..600).contains(&code.status().as_u16()), "{}", code.slug());
        }
    }
}
