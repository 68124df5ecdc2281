//! Medians, ratios, and whether they are what was promised.

use crate::appends::Round;
use std::{collections::BTreeMap, time::Duration};

/// What all rounds showed, by number of writers.
#[derive(Default)]
pub(crate) struct Figures {
    ours: BTreeMap<usize, Vec<Round>>,
    reference: BTreeMap<usize, Vec<Round>>,
}

/// A ratio that has to be reached.
pub(crate) enum Promise {
    /// At least so many times the reference's throughput.
    Throughput { writers: usize, clients: usize, least: f64 },
    /// At most so many times the reference's latency.
    Latency { writers: usize, clients: usize, most: f64 },
}

impl Promise {
    pub(crate) fn throughput(writers: usize, clients: usize, least: f64) -> Self {
        Self::Throughput { writers, clients, least }
    }
    pub(crate) fn latency(writers: usize, clients: usize, most: f64) -> Self {
        Self::Latency { writers, clients, most }
    }
}

impl Figures {
    pub(crate) fn ours(&mut self, writers: usize, round: Round) {
        self.ours.entry(writers).or_default().push(round);
    }
    pub(crate) fn reference(&mut self, clients: usize, round: Round) {
        self.reference.entry(clients).or_default().push(round);
    }

    pub(crate) fn print(&self) {
        println!("\n| who | writers | appends/s | median latency |\n| --- | ---: | ---: | ---: |");
        for (name, rounds) in [("Berth", &self.ours), ("pgbench", &self.reference)] {
            for (writers, rounds) in rounds {
                let (throughput, latency) = (throughput(rounds), latency(rounds));
                println!("| {name} | {writers} | {throughput:.0} | {latency:.2?} |");
            }
        }
    }

    /// Prints each promise beside what was reached.
    pub(crate) fn keeps(&self, promises: &[Promise]) -> bool {
        println!("\n| promise | reached | kept |\n| --- | ---: | --- |");
        let mut all = true;
        for promise in promises {
            let (text, ratio, kept) = self.judge(promise);
            println!("| {text} | {ratio:.2} × | {} |", if kept { "yes" } else { "NO" });
            all &= kept;
        }
        all
    }

    fn judge(&self, promise: &Promise) -> (String, f64, bool) {
        match promise {
            Promise::Throughput { writers, clients, least } => {
                let reference = throughput(&self.reference[clients]);
                let ratio = throughput(&self.ours[writers]) / reference;
                let text = format!("{writers} writers ≥ {least} × pgbench -c {clients}");
                (text, ratio, ratio >= *least)
            }
            Promise::Latency { writers, clients, most } => {
                let reference = latency(&self.reference[clients]).as_secs_f64();
                let ratio = latency(&self.ours[writers]).as_secs_f64() / reference;
                let text = format!("{writers} writer's latency ≤ {most} × pgbench -c {clients}");
                (text, ratio, ratio <= *most)
            }
        }
    }
}

fn throughput(rounds: &[Round]) -> f64 {
    let mut all: Vec<f64> = rounds.iter().map(|round| round.throughput).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn latency(rounds: &[Round]) -> Duration {
    let mut all: Vec<Duration> = rounds.iter().map(|round| round.latency).collect();
    all.sort_unstable();
    all[all.len() / 2]
}
