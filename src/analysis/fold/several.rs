//! Several reports of the same rows.

use rayon::prelude::*;

use super::{Groups, KeyReader, Question, Run, Sums, finish, has_rates};
use crate::events::names::{NameList, Names};
use crate::events::table::{self, Messages, Table};
use crate::sends::column::Column;

/// Folds all rows of a run once for each question. The rows are sorted once; each fold takes a copy of one part for each
/// thread, because judging changes rows.
pub fn fold(table: Table, names: &NameList, questions: &[Question<'_>]) -> Vec<Groups> {
    let (parts, texts) = table.into_parts();
    let mut parts: Vec<Messages> = parts.into_par_iter().with_max_len(1).map(table::Part::sort).collect();
    let mut all = Vec::with_capacity(questions.len());
    for question in questions {
        let dimensions = question.dimensions();
        let labels = Names::default();
        let sums = {
            let run = Run {
                question: *question,
                dimensions: &dimensions,
                names,
                labels: &labels,
                texts: &texts,
                shared: None,
            };
            let sending = question.sending.filter(|sending| sending.sends.has_column(Column::SentAt));
            let shared = sending.map(|sending| run.shared_sources(sending, &mut parts));
            let run = Run { shared: shared.as_ref(), ..run };
            let sums = parts.par_iter().with_max_len(1).map(|messages| run.part(messages.clone()));
            let mut sums = sums.reduce(Sums::default, |mut one, other| {
                one.merge(other);
                one
            });
            if let Some(sending) = question.sending.filter(|_| has_rates(*question, &dimensions)) {
                run.add_sends(&mut sums, sending);
            }
            sums
        };
        let labels = labels.into_list();
        all.push(finish(sums, *question, &KeyReader { dimensions: &dimensions, names, labels: &labels }));
    }
    all
}
