//! What a reader may see: the instance, or what belongs to some organizations.
//!
//! Whoever answers a list, a count, a history or a stream is given a scope and filters by it where
//! the rows come from, so that nothing else is read, counted or paged over.

use crate::ids::OrganizationId;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a reader may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    Instance,
    /// What belongs to these organizations, and to no other.
    Organizations(BTreeSet<OrganizationId>),
}

impl Scope {
    /// Whether something of this organization may be seen.
    #[must_use]
    pub fn covers(&self, organization: OrganizationId) -> bool {
        match self {
            Self::Instance => true,
            Self::Organizations(organizations) => organizations.contains(&organization),
        }
    }

    /// The organizations to filter by; none where nothing is filtered. For SQL:
    /// `$1::uuid[] IS NULL OR organization_id = ANY($1)`.
    #[must_use]
    pub fn filter(&self) -> Option<Vec<Uuid>> {
        match self {
            Self::Instance => None,
            Self::Organizations(organizations) => {
                Some(organizations.iter().map(|organization| organization.0).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_covers_what_it_names() {
        let [one, two] = [1, 2].map(|number| OrganizationId(Uuid::from_u128(number)));
        let scope = Scope::Organizations([one].into());
        assert!(scope.covers(one) && !scope.covers(two));
        assert_eq!(scope.filter(), Some(vec![one.0]));
        assert!(Scope::Instance.covers(two));
        assert_eq!(Scope::Instance.filter(), None);
    }

    #[test]
    fn an_empty_scope_filters_everything_out() {
        assert_eq!(Scope::Organizations(BTreeSet::new()).filter(), Some(vec![]));
    }
}
