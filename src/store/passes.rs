//! In which order the store is read, so that memory does not grow with it: campaign by campaign. Event files are sorted by
//! campaign, and each row group says which campaigns it has.

use polars::prelude::PolarsResult;
use rayon::prelude::*;

use super::column_file::{ColumnFile, Span};
use super::{Layout, StoreError};
use crate::events::columns::event as column;
use crate::events::keyed_texts::KeyedTexts;

/// Events of one pass, about: a row takes 64 bytes and its message id.
pub const PASS_EVENTS: u64 = 12 << 20;

/// Row groups that a thread reads in one go.
const UNIT: usize = 4;

/// Which events are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// The campaigns, an empty name for hits whose URL names none; none stands for all.
    pub campaigns: &'a [String],
    /// Whether the campaign of hits whose URL names none is told by their message.
    pub is_told_by_message: bool,
}

/// What is read and worked on together: whole messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Row groups of files, in small lots.
    pub units: Vec<Unit>,
    /// The first campaign.
    from: Option<Vec<u8>>,
    /// The campaign before which it ends.
    to: Option<Vec<u8>>,
    /// Which share of the messages, of how many.
    share: Option<(u64, u64)>,
}

/// Some row groups of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The place of the file in the list of files.
    pub file: usize,
    /// The row groups.
    pub row_groups: Vec<usize>,
}

/// All passes over a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In their order.
    pub passes: Vec<Pass>,
    /// Row groups with hits whose URL names no campaign, where these must be looked at before all passes: only their
    /// message tells which pass they belong to.
    pub strays: Vec<Unit>,
    /// Events in row groups that no pass reads.
    pub unread: u64,
    /// Names of campaigns that row groups begin or end with.
    pub campaigns: Vec<String>,
}

/// A row group.
#[derive(Clone, Debug)]
struct Slice {
    file: usize,
    row_group: usize,
    rows: u64,
    campaigns: Span,
    /// Hits whose URL names no campaign, where their message tells it.
    strays: u64,
}

impl Pass {
    /// Whether events of a campaign belong to it.
    pub fn has_campaign(&self, name: &[u8]) -> bool {
        self.from.as_deref().is_none_or(|from| name >= from) && self.to.as_deref().is_none_or(|to| name < to)
    }

    /// Whether a message, by a hash of its id, belongs to it.
    pub fn has_message(&self, hash: u64) -> bool {
        self.share.is_none_or(|(share, of)| hash % of == share)
    }

    /// Whether it has only some of the messages of its campaigns.
    pub fn is_shared(&self) -> bool {
        self.share.is_some()
    }
}

/// Plans the passes over the files by their footers. A pass has about `budget` events at most.
pub fn plan(layout: &Layout, files: &[String], asked: Asked<'_>, budget: u64) -> Result<Plan, StoreError> {
    let of_file = |(file, name): (usize, &String)| -> Result<Vec<Slice>, StoreError> {
        let path = layout.events().join(name);
        let columns = ColumnFile::open(&path)?;
        let slice = |(row_group, rows)| {
            let campaigns = columns.span(row_group, column::CAMPAIGN);
            let may_have_strays = asked.is_told_by_message && campaigns.may_hold(b"");
            let strays = if may_have_strays { count_strays(&columns, row_group)? } else { 0 };
            Ok(Slice { file, row_group, rows: rows as u64, campaigns, strays })
        };
        let slices = columns.row_groups().enumerate().map(slice).collect::<PolarsResult<_>>();
        slices.map_err(|error| StoreError::Events { path: path.display().to_string(), error })
    };
    let slices: Vec<Vec<Slice>> =
        files.par_iter().enumerate().with_max_len(1).map(of_file).collect::<Result<_, _>>()?;
    Ok(of_slices(slices.concat(), asked, budget))
}

fn count_strays(columns: &ColumnFile, row_group: usize) -> PolarsResult<u64> {
    let campaigns = columns.read(row_group, column::CAMPAIGN)?.and_then(|campaigns| KeyedTexts::of(&*campaigns));
    let Some(campaigns) = campaigns else { return Ok(0) };
    let is_stray = campaigns.map(|name| name.is_none_or(str::is_empty));
    Ok((0..campaigns.len()).filter(|at| is_stray[campaigns.key(*at)]).count() as u64)
}

fn of_slices(mut slices: Vec<Slice>, asked: Asked<'_>, budget: u64) -> Plan {
    let all: u64 = slices.iter().map(|slice| slice.rows).sum();
    let ends = slices.iter().flat_map(|slice| [&slice.campaigns.min, &slice.campaigns.max]);
    let mut campaigns: Vec<String> = ends
        .flatten()
        .filter_map(|name| String::from_utf8(name.clone()).ok())
        .filter(|name| !name.is_empty())
        .collect();
    campaigns.sort_unstable();
    campaigns.dedup();
    slices.retain(|slice| asked.may_be_in(&slice.campaigns));
    let wanted: u64 = slices.iter().map(|slice| slice.rows).sum();
    let n_strays: u64 = slices.iter().map(|slice| slice.strays).sum();
    // Strays are kept until their pass comes. Where they are the rule, each pass takes a share of all messages instead.
    if wanted <= budget || n_strays > budget / 2 {
        let passes = shares(&slices, (None, None), wanted.div_ceil(budget.max(1)));
        return Plan { passes, strays: Vec::new(), unread: all - wanted, campaigns };
    }
    let strays: Vec<Slice> = slices.iter().filter(|slice| slice.strays > 0).cloned().collect();
    Plan { passes: ranges(slices, budget), strays: units(&strays), unread: all - wanted, campaigns }
}

impl Asked<'_> {
    fn may_be_in(&self, span: &Span) -> bool {
        self.campaigns.is_empty()
            || self.campaigns.iter().any(|name| span.may_hold(name.as_bytes()))
            || (self.is_told_by_message && span.may_hold(b""))
    }

    /// Whether hits with this campaign in their URL are to be read.
    pub fn has(&self, name: &str) -> bool {
        self.campaigns.is_empty()
            || self.campaigns.iter().any(|one| one == name)
            || (self.is_told_by_message && name.is_empty())
    }
}

/// Where a range of campaigns begins; `None` is before all of them.
type Start = Option<Vec<u8>>;

/// Passes over ranges of campaigns.
fn ranges(mut slices: Vec<Slice>, budget: u64) -> Vec<Pass> {
    slices.sort_by(|a, b| a.campaigns.min.cmp(&b.campaigns.min));
    let mut starts: Vec<(Start, u64)> = vec![(None, 0)];
    for of_one in slices.chunk_by(|a, b| a.campaigns.min == b.campaigns.min) {
        let rows: u64 = of_one.iter().map(|slice| slice.rows).sum();
        let (_, sum) = starts.last().expect("there is a first one");
        if *sum > 0 && sum + rows > budget {
            starts.push((of_one[0].campaigns.min.clone(), 0));
        }
        starts.last_mut().expect("there is a first one").1 += rows;
    }
    let mut passes = Vec::new();
    for (at, (from, rows)) in starts.iter().enumerate() {
        let to = starts.get(at + 1).and_then(|(next, _)| next.clone());
        let is_inside = |slice: &&Slice| {
            let ends_before = from.as_ref().zip(slice.campaigns.max.as_ref()).is_some_and(|(from, max)| max < from);
            let starts_behind = to.as_ref().zip(slice.campaigns.min.as_ref()).is_some_and(|(to, min)| min >= to);
            !ends_before && !starts_behind
        };
        let inside: Vec<Slice> = slices.iter().filter(is_inside).cloned().collect();
        // One campaign may be larger than memory is meant for.
        passes.extend(shares(&inside, (from.clone(), to), rows.div_ceil(budget.max(1))));
    }
    passes
}

/// As many passes, each with a share of the messages.
fn shares(slices: &[Slice], (from, to): (Start, Start), n: u64) -> Vec<Pass> {
    let units = units(slices);
    let pass = |share| Pass { units: units.clone(), from: from.clone(), to: to.clone(), share };
    if n <= 1 { vec![pass(None)] } else { (0..n).map(|share| pass(Some((share, n)))).collect() }
}

fn units(slices: &[Slice]) -> Vec<Unit> {
    let mut slices = slices.to_vec();
    slices.sort_by_key(|slice| (slice.file, slice.row_group));
    let lots = slices.chunk_by(|a, b| a.file == b.file).flat_map(|of_file| of_file.chunks(UNIT));
    lots.map(|lot| Unit { file: lot[0].file, row_groups: lot.iter().map(|slice| slice.row_group).collect() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(row_group: usize, rows: u64, min: &str, max: &str) -> Slice {
        let name = |name: &str| (name != "?").then(|| name.as_bytes().to_vec());
        let strays = if min.is_empty() { rows / 2 } else { 0 };
        Slice { file: 0, row_group, rows, campaigns: Span { min: name(min), max: name(max) }, strays }
    }

    fn groups(pass: &Pass) -> Vec<usize> {
        pass.units.iter().flat_map(|unit| unit.row_groups.clone()).collect()
    }

    #[test]
    fn every_campaign_is_whole_in_one_pass() {
        let slices =
            vec![slice(0, 10, "a", "b"), slice(1, 10, "b", "b"), slice(2, 10, "b", "d"), slice(3, 10, "d", "e")];
        let plan = of_slices(slices.clone(), Asked::default(), 20);
        let found: Vec<_> = plan.passes.iter().map(|pass| (groups(pass), pass.share)).collect();
        assert_eq!(found, [(vec![0], None), (vec![0, 1, 2], None), (vec![2, 3], None)]);
        for name in ["a", "b", "c", "d", "e", ""] {
            assert_eq!(plan.passes.iter().filter(|pass| pass.has_campaign(name.as_bytes())).count(), 1, "{name}");
        }
        assert_eq!(plan.campaigns, ["a", "b", "d", "e"]);
        // All at once where there is room.
        assert_eq!(of_slices(slices, Asked::default(), 40).passes.len(), 1);
    }

    #[test]
    fn a_large_campaign_is_read_in_shares() {
        let slices = vec![slice(0, 50, "a", "a"), slice(1, 50, "a", "a"), slice(2, 1, "b", "b")];
        let plan = of_slices(slices, Asked::default(), 60);
        let found: Vec<_> = plan.passes.iter().map(|pass| (groups(pass), pass.share)).collect();
        assert_eq!(found, [(vec![0, 1], Some((0, 2))), (vec![0, 1], Some((1, 2))), (vec![2], None)]);
        for hash in 0..9 {
            assert_eq!(plan.passes[..2].iter().filter(|pass| pass.has_message(hash)).count(), 1);
        }
    }

    #[test]
    fn what_no_pass_needs_is_not_read() {
        let slices =
            vec![slice(0, 10, "", "a"), slice(1, 10, "b", "c"), slice(2, 10, "?", "?"), slice(3, 10, "x", "z")];
        let campaigns = ["bb".to_owned()];
        let asked = Asked { campaigns: &campaigns, is_told_by_message: false };
        let plan = of_slices(slices.clone(), asked, 100);
        assert_eq!((groups(&plan.passes[0]), plan.unread), (vec![1, 2], 20));
        assert!(asked.has("bb") && !asked.has(""));
        // Hits without a campaign may be of any.
        let asked = Asked { is_told_by_message: true, ..asked };
        let plan = of_slices(slices.clone(), asked, 20);
        assert_eq!(plan.strays, [Unit { file: 0, row_groups: vec![0] }]);
        let found: Vec<_> = plan.passes.iter().map(groups).collect();
        assert_eq!(found, [vec![0, 2], vec![1, 2]], "an unknown span is in every pass");
        assert!(asked.has("") && !asked.has("x"));
        // Where they are many, every pass looks at everything.
        let plan = of_slices(slices, asked, 8);
        let found: Vec<_> = plan.passes.iter().map(|pass| (groups(pass), pass.share)).collect();
        assert_eq!(found, (0..4).map(|share| (vec![0, 1, 2], Some((share, 4)))).collect::<Vec<_>>());
    }
}
