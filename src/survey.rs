//! Logs → report: reads logs, classifies their hits and folds them into the campaign table, without a store.

pub mod chosen;
pub mod detail;
mod crowd;
mod worker;

use std::io::Write;
use std::sync::Mutex;

use crate::analysis::fold::{Fold, Folding};
use crate::analysis::groups::Groups;
use crate::analysis::question::Question;
use crate::analysis::sent::Sending;
use crate::classify::classifier::Classifier;
use crate::classify::place_numbers::PlaceNumbers;
use crate::events::attributes::Attribute;
use crate::events::names::Names;
use crate::events::rows::{CampaignOf, Deciding};
use crate::events::table::{KeyHash, Table};
use crate::logs::block_notes::{Notes, RejectedLine};
use crate::logs::blocks::{self, Block, BlockSink, Effort};
use crate::logs::field::Field;
use crate::logs::source::Source;
use crate::logs::stream_blocks::StreamBlocks;
use crate::logs::{ReadError, compression, copies};
use crate::model::account::Account;
use crate::model::network::Network;
use crate::store::passes::{Asked, PASS_EVENTS};
use crate::store::{Layout, StoreError, newest, read};
use crate::tracking::near_miss::NearMisses;
use crate::tracking::recognizer::Recognizer;
use crate::tracking::url::Url;

use worker::{Shared, Worker};

/// Blocks of each log in which near misses are looked for.
const NEAR_MISS_BLOCKS: u64 = 8;

/// What lines are read and judged by.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// Tells hits from other lines.
    pub recognizer: &'a Recognizer,
    /// Tells what an address says.
    pub classifier: &'a Classifier,
}

/// What came of reading logs.
#[derive(Debug)]
pub struct Survey {
    /// The groups that the report is by.
    pub groups: Groups,
    /// Where every line went.
    pub account: Account,
    /// The first lines that were rejected.
    pub rejected: Vec<RejectedLine>,
    /// Logs that were left out, each with the log that holds all of it.
    pub copies: Vec<(String, String)>,
    /// What could not be read.
    pub errors: Vec<ReadError>,
    /// How many logs were read.
    pub logs: usize,
    /// Whether this comes from the store: then the account is about events, not lines.
    pub is_stored: bool,
    /// The latest hit, in milliseconds since 1970 UTC.
    pub newest_ms: Option<i64>,
    /// Stored events of campaigns that the report is not about.
    pub unread: u64,
    /// A network with over half of all direct hits, its hits and all of them: a proxy that is not declared?
    pub crowd: Option<(Network, u64, u64)>,
    /// Where no line is a tracking URL: the shape of URL that comes nearest, and how often it was seen.
    pub near_miss: Option<(String, u64)>,
}

/// Why nothing could be done.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// The system has no threads left.
    #[error("no threads to work with: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// The store can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rejected lines could not be kept.
    #[error("rejected lines can't be written: {0}")]
    Rejects(std::io::Error),
}

/// Reads the logs and makes a report. Lines that are rejected are also written to `rejects`.
pub fn run<'a>(
    sources: &[Source],
    reader: Reader<'a>,
    question: Question<'a>,
    effort: Effort,
    rejects: Option<&'a mut (dyn Write + Send)>,
) -> Result<Survey, SurveyError> {
    run_with(sources, reader, question, effort, rejects, &mut Folding::new(question))
}

/// Reads the logs as the question says, and leaves the folding to `fold`.
pub fn run_with<'a>(
    sources: &[Source],
    reader: Reader<'a>,
    question: Question<'a>,
    effort: Effort,
    rejects: Option<&'a mut (dyn Write + Send)>,
    fold: &mut (dyn Fold + Send),
) -> Result<Survey, SurveyError> {
    pool(effort)?.install(|| survey(sources, reader, question, effort.block_size, rejects, fold))
}

/// Makes a report from the store.
pub fn of_store(
    layout: &Layout,
    recognizer: &Recognizer,
    question: Question<'_>,
    effort: Effort,
) -> Result<Survey, SurveyError> {
    of_store_with(layout, recognizer, question, effort, PASS_EVENTS, &mut Folding::new(question))
}

/// Reads the store as the question says, about so many events at a time, and leaves the folding to `fold`.
pub fn of_store_with(
    layout: &Layout,
    recognizer: &Recognizer,
    question: Question<'_>,
    effort: Effort,
    pass_events: u64,
    fold: &mut (dyn Fold + Send),
) -> Result<Survey, SurveyError> {
    pool(effort)?.install(|| {
        let attributes = question.attributes();
        let campaign_of = question.sending.map(|sending| move |message: &[u8]| sending.campaign_of(message));
        let deciding = Deciding {
            own: &recognizer.own,
            unsubscribe: &recognizer.unsubscribe,
            attributes: &attributes,
            campaign_of: campaign_of.as_ref().map(|campaign_of| campaign_of as CampaignOf<'_>),
        };
        let wanted = if question.is_about_campaigns() { question.campaigns_in_urls() } else { Vec::new() };
        let asked = Asked { campaigns: &wanted, is_told_by_message: campaign_of.is_some() };
        let mut reading = read::Reading::start(layout, asked, deciding, pass_events)?;
        if fold.needs_sources() {
            reading.for_each_share(|table, names| fold.count_sources(table, &names.list()))?;
        }
        reading.for_each_pass(|table, names| fold.add(table, &names.list()))?;
        let mut groups = fold.finish(&reading.names.list());
        if !wanted.is_empty() {
            groups.campaigns.extend_from_slice(reading.campaigns());
        }
        let newest_ms = if reading.unread > 0 { newest::newest_ms(layout)? } else { reading.newest_ms };
        let mut account = reading.account;
        groups.findings.correct(&mut account);
        Ok(Survey {
            groups,
            account,
            rejected: Vec::new(),
            copies: Vec::new(),
            errors: Vec::new(),
            logs: 0,
            is_stored: true,
            newest_ms,
            unread: reading.unread,
            crowd: None,
            near_miss: None,
        })
    })
}

/// Threads to read and count with.
pub(crate) fn pool(effort: Effort) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    rayon::ThreadPoolBuilder::new().num_threads(effort.threads).thread_name(|i| format!("mailpixel-{i}")).build()
}

fn survey<'a>(
    sources: &[Source],
    reader: Reader<'a>,
    question: Question<'a>,
    block_size: usize,
    rejects: Option<&'a mut (dyn Write + Send)>,
    fold: &mut (dyn Fold + Send),
) -> Result<Survey, SurveyError> {
    let (copies, mut errors) = copies::find(sources);
    let name = |index: usize| sources[index].to_string();
    let read: Vec<Source> = sources
        .iter()
        .enumerate()
        .filter(|(index, _)| copies.iter().all(|copy| copy.copy != *index))
        .map(|(_, source)| source.clone())
        .collect();
    let sink = Sink::new(reader, question, rejects);
    errors.extend(blocks::read(&read, block_size, &sink));
    let unread = errors.iter().filter(|error| !matches!(error, ReadError::Damaged { .. })).count();
    let Parts { table, names, mut account, notes, newest_ms, crowd } = sink.finish().map_err(SurveyError::Rejects)?;
    let near_miss = (table.is_empty() && account.tracking_total() == 0 && account.lines > 0)
        .then(|| near_miss(&read, reader.recognizer, block_size))
        .flatten();
    let names = names.into_list();
    fold.add(table, &names);
    let groups = fold.finish(&names);
    groups.findings.correct(&mut account);
    Ok(Survey {
        groups,
        account,
        rejected: notes.first_rejected(&read),
        copies: copies.iter().map(|copy| (name(copy.copy), name(copy.of))).collect(),
        errors,
        logs: read.len() - unread,
        is_stored: false,
        newest_ms,
        unread: 0,
        crowd,
        near_miss,
    })
}

/// Hands each block to the worker of the thread that it arrives on.
struct Sink<'a> {
    names: Names,
    places: PlaceNumbers,
    workers: Vec<Mutex<Worker>>,
    notes: Mutex<Notes>,
    reader: Reader<'a>,
    sending: Option<Sending<'a>>,
    attributes: Vec<Attribute>,
    rejects: Option<Mutex<Rejects<'a>>>,
}

struct Rejects<'a> {
    out: &'a mut (dyn Write + Send),
    error: Option<std::io::Error>,
}

struct Parts {
    table: Table,
    names: Names,
    account: Account,
    notes: Notes,
    newest_ms: Option<i64>,
    crowd: Option<(Network, u64, u64)>,
}

impl<'a> Sink<'a> {
    fn new(reader: Reader<'a>, question: Question<'a>, rejects: Option<&'a mut (dyn Write + Send)>) -> Self {
        let hash = KeyHash::default();
        let threads = u8::try_from(rayon::current_num_threads()).unwrap_or(u8::MAX);
        Self {
            names: Names::default(),
            places: PlaceNumbers::default(),
            workers: (0..threads).map(|owner| Mutex::new(Worker::new(owner, hash.clone()))).collect(),
            notes: Mutex::new(Notes::default()),
            reader,
            sending: question.sending,
            attributes: question.attributes(),
            rejects: rejects.map(|out| Mutex::new(Rejects { out, error: None })),
        }
    }

    fn keep_rejected(&self, bytes: &[u8]) {
        let Some(rejects) = &self.rejects else { return };
        let mut rejects = rejects.lock().expect("no thread panicked with the lock");
        if rejects.error.is_none() {
            rejects.error = rejects.out.write_all(bytes).err();
        }
    }

    fn finish(self) -> std::io::Result<Parts> {
        if let Some(rejects) = self.rejects {
            let rejects = rejects.into_inner().expect("no thread panicked with the lock");
            match rejects.error {
                Some(error) => return Err(error),
                None => rejects.out.flush()?,
            }
        }
        let mut account = Account::default();
        let mut newest_ms = None;
        let mut direct = Vec::new();
        let mut rows = Vec::new();
        for worker in self.workers {
            let worker = worker.into_inner().expect("no thread panicked with the lock");
            account.add(&worker.account);
            newest_ms = newest_ms.max(worker.newest_ms);
            direct.push(worker.direct);
            rows.push(worker.rows);
        }
        let notes = self.notes.into_inner().expect("no thread panicked with the lock");
        let crowd = crowd::find(&direct, &rows);
        Ok(Parts { table: Table::new(rows), names: self.names, account, notes, newest_ms, crowd })
    }
}

impl BlockSink for Sink<'_> {
    fn block(&self, block: Block<'_>) {
        let thread = rayon::current_thread_index().expect("blocks are read inside the pool") % self.workers.len();
        let mut worker = self.workers[thread].lock().expect("no thread panicked with the lock");
        let mut kept = Vec::new();
        let Reader { recognizer, classifier } = self.reader;
        let campaign_of = self.sending.map(|sending| move |message: &[u8]| sending.campaign_of(message));
        let shared = Shared {
            recognizer,
            classifier,
            names: &self.names,
            places: &self.places,
            attributes: &self.attributes,
            campaign_of: campaign_of.as_ref().map(|campaign_of| campaign_of as CampaignOf<'_>),
        };
        let note = worker.block(block, shared, self.rejects.is_some().then_some(&mut kept));
        drop(worker);
        if !kept.is_empty() {
            self.keep_rejected(&kept);
        }
        self.notes.lock().expect("no thread panicked with the lock").add(note);
    }
}

/// Looks at the start of each log once more, now at every line.
fn near_miss(sources: &[Source], recognizer: &Recognizer, block_size: usize) -> Option<(String, u64)> {
    struct Look<'a>(&'a Recognizer, Mutex<NearMisses>);
    impl BlockSink for Look<'_> {
        fn block(&self, block: Block<'_>) {
            let mut misses = self.1.lock().expect("no thread panicked with the lock");
            for line in block.bytes.split(|b| *b == b'\n') {
                let Ok(record) = self.0.parser.parse(line) else { continue };
                let answered = record.raw(Field::Status).first().is_some_and(|digit| matches!(digit, b'2' | b'3'));
                let request = record.request().filter(|_| answered);
                if let Some(url) = request.as_ref().and_then(Url::of) {
                    misses.add(&url);
                }
            }
        }
    }
    let look = Look(recognizer, Mutex::default());
    for source in sources {
        // A pipe can't be read twice; what else can't be read has been reported by the first reading.
        let Source::File(path) = source else { continue };
        let Ok((_, stream)) = compression::open_regular(path) else { continue };
        let mut blocks = StreamBlocks::new(stream, block_size, 0);
        for index in 0..NEAR_MISS_BLOCKS {
            let Some(chunk) = blocks.next() else { break };
            look.block(Block { source: 0, index, start: chunk.start, bytes: &chunk.bytes });
        }
    }
    let misses = look.1.into_inner().expect("no thread panicked with the lock");
    misses.most_frequent().map(|(shape, n)| (shape.to_owned(), n))
}
