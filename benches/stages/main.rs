//! How fast each stage between a log and the event store is, on one thread: megabytes and lines a second. Each stage does
//! what those above it do, and one thing more, up to `make`; those below work on the events that were made.
//!
//! With `--only STAGE` the other stages that a stage does not need are left out: for a profiler, or for
//! `benches/instructions`, which counts the instructions of the functions here.

use std::hint::black_box;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};

use mailpixel::classify::classifier::Classifier;
use mailpixel::classify::place_numbers::PlaceNumbers;
use mailpixel::classify::places::Places;
use mailpixel::events::batch::{Batch, ThreadEvents};
use mailpixel::events::batch_columns::BatchColumns;
use mailpixel::events::frame::schema;
use mailpixel::events::identity::{NetworkKey, SourceHash};
use mailpixel::events::maker::{EventMaker, Shared};
use mailpixel::events::names::Names;
use mailpixel::events::profile::Profiles;
use mailpixel::events::sorted::Ordered;
use mailpixel::logs::field::Fields;
use mailpixel::logs::line::LineParser;
use mailpixel::logs::time::TimeCache;
use mailpixel::store::events_file::{self, ROW_GROUP};
use mailpixel::store::row_group::{FileSchema, RowGroup};
use mailpixel::tracking::candidates::Candidates;
use mailpixel::tracking::client::ClientAddress;
use mailpixel::tracking::counting::Counting;
use mailpixel::tracking::matcher::{DEFAULT_CLICK, DEFAULT_OPEN, Matcher};
use mailpixel::tracking::own::Own;
use mailpixel::tracking::recognizer::Recognizer;
use mailpixel::tracking::unsubscribe::{DEFAULT_UNSUBSCRIBE, UnsubscribeLinks};

/// Times the stages between a log and the event store.
#[derive(Parser)]
#[command(name = "stages")]
struct Args {
    /// A plain log
    log: PathBuf,
    /// Databases of places
    #[arg(long, value_name = "FILE.mmdb")]
    geo: Vec<PathBuf>,
    /// How often each stage is run; the fastest counts
    #[arg(long, default_value_t = 3)]
    runs: u32,
    /// Only this stage, and what it needs
    #[arg(long)]
    only: Option<Stage>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Stage {
    /// Find the lines
    Split,
    /// Read their fields
    Parse,
    /// Find tracking URLs, times and addresses
    Match,
    /// Classify, locate, and make events
    Make,
    /// Sort events
    Sort,
    /// Make columns
    Frame,
    /// Encode and compress them
    Write,
}

struct World {
    bytes: Vec<u8>,
    lines: usize,
    recognizer: Recognizer,
    classifier: Classifier,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "stages: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let bytes = std::fs::read(&args.log).map_err(|error| format!("{}: {error}", args.log.display()))?;
    let world = World {
        lines: split(&bytes),
        bytes,
        recognizer: recognizer()?,
        classifier: Classifier { places: Places::open(&args.geo)?, ..Classifier::default() },
    };
    let [stage, ms, mb, rate] = ["stage", "ms", "MB/s", "lines/s"];
    writeln!(std::io::stdout(), "{stage:<8} {ms:>8} {mb:>10} {rate:>10}   {} lines, one thread", world.lines)?;
    let is_wanted = |stage| args.only.is_none_or(|only| only == stage);
    let tell = |stage: &str, mut work: Box<dyn FnMut() -> usize + '_>| {
        let took = (0..args.runs.max(1)).map(|_| time(&mut work)).min().unwrap_or_default().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits")]
        let (mb, lines) = (world.bytes.len() as f64 / 1e6, world.lines as f64);
        // A closed pipe is no reason to stop.
        let _ =
            writeln!(std::io::stdout(), "{stage:<8} {:>8.1} {:>10.0} {:>10.0}", took * 1e3, mb / took, lines / took);
    };
    if is_wanted(Stage::Split) {
        tell("split", Box::new(|| split(&world.bytes)));
    }
    if is_wanted(Stage::Parse) {
        tell("parse", Box::new(|| parse(&world)));
    }
    if is_wanted(Stage::Match) {
        tell("match", Box::new(|| recognize(&world)));
    }
    let make = || {
        let (names, places) = (Names::default(), PlaceNumbers::default());
        let profiles = Profiles::default();
        let batch = make_events(&world, &names, &places, &profiles);
        (Batch::new(vec![batch], names.into_list(), profiles.into_list()), places)
    };
    if is_wanted(Stage::Make) {
        tell("make", Box::new(|| make().0.all().len()));
    }
    if args.only.is_none_or(|only| only > Stage::Make) {
        write_stages(&make(), is_wanted, tell)?;
    }
    Ok(())
}

/// The stages behind the events.
fn write_stages(
    (batch, places): &(Batch, PlaceNumbers),
    is_wanted: impl Fn(Stage) -> bool,
    tell: impl Fn(&str, Box<dyn FnMut() -> usize + '_>),
) -> Result<(), Box<dyn std::error::Error>> {
    let places = places.codes();
    let columns = BatchColumns::new(batch, &places, NetworkKey([7; 16]), "");
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let sorted = || one.install(|| batch.days.values().map(|events| columns.sorted(events)).collect::<Vec<_>>());
    if is_wanted(Stage::Sort) {
        tell("sort", Box::new(|| sorted().len()));
    }
    let days: Vec<Vec<Ordered>> = sorted();
    let groups = || days.iter().flat_map(|events| events.chunks(ROW_GROUP));
    if is_wanted(Stage::Frame) {
        tell("frame", Box::new(|| groups().map(|events| columns.columns(events).len()).sum()));
    }
    let schema = FileSchema::new(&schema())?;
    let framed: Vec<_> = groups().map(|events| (events.len(), columns.columns(events))).collect();
    if is_wanted(Stage::Write) {
        let encoded = |(rows, columns): &(usize, Vec<_>)| RowGroup::encode(&schema, *rows, columns).expect("valid");
        let write = || {
            let row_groups: Vec<RowGroup> = framed.iter().map(encoded).collect();
            events_file::of_row_groups(&schema, &row_groups, &[]).expect("valid").len()
        };
        tell("write", Box::new(write));
    }
    Ok(())
}

fn time(work: &mut dyn FnMut() -> usize) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

fn recognizer() -> Result<Recognizer, Box<dyn std::error::Error>> {
    Ok(Recognizer {
        parser: LineParser::usual(&Fields::default()),
        matcher: Matcher::new(&DEFAULT_OPEN, &DEFAULT_CLICK)?,
        client: ClientAddress::new("remote_addr", &[])?,
        own: Own::new(&[], &[], &[])?,
        counting: Counting::default(),
        signatures: None,
        unsubscribe: UnsubscribeLinks::new(&DEFAULT_UNSUBSCRIBE)?,
        strict: false,
    })
}

#[inline(never)]
fn split(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

#[inline(never)]
fn parse(world: &World) -> usize {
    let mut start = 0;
    let mut read = 0;
    for end in memchr::memchr_iter(b'\n', &world.bytes) {
        read += usize::from(world.recognizer.parser.parse(black_box(&world.bytes[start..end])).is_ok());
        start = end + 1;
    }
    read
}

#[inline(never)]
fn recognize(world: &World) -> usize {
    let mut cache = TimeCache::default();
    let mut hits = 0;
    for (_, line) in Candidates::new(&world.bytes, &world.recognizer).filter_map(|candidate| candidate.line) {
        world.recognizer.line(line, &mut cache, |hit| hits += usize::from(black_box(hit).not_counted.is_none()));
    }
    hits
}

#[inline(never)]
fn make_events(world: &World, names: &Names, places: &PlaceNumbers, profiles: &Profiles) -> ThreadEvents {
    let World { recognizer, classifier, .. } = world;
    let shared = Shared { recognizer, classifier, names, places, profiles };
    let source = SourceHash::new("stages");
    let mut cache = TimeCache::default();
    let mut maker = EventMaker::new(0);
    for (at, line) in Candidates::new(&world.bytes, recognizer).filter_map(|candidate| candidate.line) {
        recognizer.line(line, &mut cache, |hit| maker.add(hit, &source, at as u64, shared));
    }
    maker.take()
}
