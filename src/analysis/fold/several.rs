//! Several reports of the same rows.

use rayon::prelude::*;

use super::{Fold, Folding, Run, merged, sorted};
use crate::analysis::groups::Groups;
use crate::analysis::question::Question;
use crate::events::names::NameList;
use crate::events::table::Table;

/// The answers to several questions, as far as they have been folded.
pub struct Foldings<'q> {
    foldings: Vec<Folding<'q>>,
    /// The groups of each question, in their order, once all rows have been folded.
    pub groups: Vec<Groups>,
}

impl<'q> Foldings<'q> {
    /// Nothing yet.
    pub fn new(questions: &[Question<'q>]) -> Self {
        Self { foldings: questions.iter().map(|question| Folding::new(*question)).collect(), groups: Vec::new() }
    }
}

impl Fold for Foldings<'_> {
    fn needs_sources(&self) -> bool {
        self.foldings.iter().any(Fold::needs_sources)
    }

    fn count_sources(&mut self, table: Table, names: &NameList) {
        // All questions are about the same sends.
        let Some((first, others)) = self.foldings.split_first_mut() else { return };
        first.count_sources(table, names);
        others.iter_mut().for_each(|other| other.counts.clone_from(&first.counts));
    }

    /// The rows are sorted once; each fold takes a copy of one part for each thread, because judging changes rows.
    fn add(&mut self, table: Table, names: &NameList) {
        let (parts, texts) = table.into_parts();
        let mut parts = sorted(parts);
        for folding in &mut self.foldings {
            let shared = folding.shared_sources(&mut parts, names, &texts);
            let run = Run { shared: shared.as_ref(), ..folding.run(names, &texts) };
            let sums = merged(parts.par_iter().with_max_len(1).map(|part| run.part(part.clone())));
            folding.sums.merge(sums);
        }
    }

    /// Gives what was found, which is the same for all questions, without groups.
    fn finish(&mut self, names: &NameList) -> Groups {
        self.groups = self.foldings.iter_mut().map(|folding| folding.finish(names)).collect();
        let findings = self.groups.first_mut().map(|groups| std::mem::take(&mut groups.findings)).unwrap_or_default();
        Groups { findings, ..Groups::default() }
    }
}
