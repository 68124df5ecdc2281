//! What a change of a node would do to what runs there, as the cluster sees it now.

/// What a change of a node would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// What it means for each thing that runs on the node and is touched, in the order of names.
    pub touched: Vec<Touched>,
    /// The managers, where nodes decide for the cluster, and this one is one of those reached.
    pub managers: Option<Managers>,
}

/// The managers of a cluster, which decide by majority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Managers {
    /// All of them.
    pub count: u32,
    /// So many are reached now.
    pub reachable: u32,
    /// So many must be, for anything to be decided.
    pub needed: u32,
}

/// Something that runs on a node, and what a change would mean for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Its name on the cluster: a task as `web.2`, a pod as `shop/web-7d4b9`.
    pub name: String,
    /// What it is a part of, and who starts it again: a service, a deployment's replica set.
    pub part_of: Option<String>,
    /// What becomes of it.
    pub outcome: Outcome,
    /// On so many other nodes that take work now its constraints would let it run. Whether one of
    /// them has room is not asked.
    pub elsewhere: u32,
    /// The disruption budgets that it counts for.
    pub budgets: Vec<Budget>,
}

/// What becomes of something that runs on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ends here, and is started again elsewhere where it may run.
    Moves,
    /// It no longer matches and is stopped at once, and started again elsewhere where it may run.
    Stops,
    /// It no longer matches, or does not leave, and stays as it is.
    Stays,
    /// It would be moved by force only.
    Held,
    /// It ends here, and nobody starts it again.
    Ends,
}

/// A disruption budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Its name on the cluster.
    pub name: String,
    /// So many of its pods may be missing more than are now.
    pub allowed: u32,
}
