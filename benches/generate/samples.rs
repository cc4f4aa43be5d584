//! The sample logs: the rotated files of one small server, and the sends behind them, written the same every time.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::GzBuilder;
use jiff::Timestamp;

use crate::campaigns::Campaign;
use crate::lines::{Format, Lines};
use crate::rng::Rng;
use crate::scenes::{self, Stage};
use crate::visit::Visit;
use crate::world::World;
use crate::{background, people, sends};

/// Fixed, because the bytes are committed.
const SEED: u64 = 2026;

/// How many requests belong to no message.
const OTHER_TRAFFIC: usize = 300;

const START: &str = "2026-10-29T07:25:00Z";
const END: &str = "2026-11-16T18:00:00Z";
/// From here on the server writes the supplied format; it wrote nginx's default before.
const NEW_FORMAT: &str = "2026-11-05T10:30:00Z";

/// The campaigns' places in the world; both waves of the sale have one name.
const WEEKLY: u16 = 0;
const SALE_FIRST: u16 = 1;
const SALE_SECOND: u16 = 2;
const ALERT: u16 = 3;

/// The files, oldest first, and when each was rotated.
static FILES: [(&str, Packing, &str); 4] = [
    ("access.log.3.zst", Packing::Zstd, "2026-11-02T00:00:00Z"),
    ("access.log.2.gz", Packing::GzipMembers, "2026-11-04T00:00:00Z"),
    ("access.log.1", Packing::Plain, "2026-11-09T00:00:00Z"),
    ("access.log", Packing::Plain, "9999-01-01T00:00:00Z"),
];

#[derive(Clone, Copy)]
enum Packing {
    Plain,
    /// Two members in one file, as `access_log … gzip` and `cat` make them.
    GzipMembers,
    Zstd,
}

/// Writes all sample logs into a folder.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    let world = world();
    let visits = visits(&world);
    let mut lines = Lines::new(&world);
    let mut rest = &visits[..];
    for (name, packing, until) in &FILES {
        let (file, later) = rest.split_at(rest.partition_point(|visit| visit.at < instant(until)));
        rest = later;
        let path = folder.join(name);
        let named = |error| io::Error::other(format!("{}: {error}", path.display()));
        let bytes = pack(*packing, &text(&mut lines, file)).map_err(named)?;
        fs::write(&path, bytes).map_err(named)?;
    }
    let path = folder.join("sends.csv");
    let named = |error| io::Error::other(format!("{}: {error}", path.display()));
    fs::write(&path, sends::csv(&world, &played(&world))).map_err(named)
}

fn world() -> World {
    let (start, end) = (instant(START), instant(END));
    let campaign = |name, key, sent, messages| Campaign::new(name, key, instant(sent), end, messages);
    World {
        seed: SEED,
        start,
        end,
        campaigns: vec![
            campaign("weekly-2026-44", 0, "2026-10-29T07:30:00Z", 380),
            campaign("spring-sale", 1, "2026-11-02T08:00:00Z", 250),
            campaign("spring-sale", 1, "2026-11-09T08:00:00Z", 220).numbered_from(2_000),
            campaign("alert-disk-full", 2, "2026-11-10T03:12:00Z", 0),
        ],
        population: 420,
    }
}

/// Everything that happened, in order of time.
fn visits(world: &World) -> Vec<Visit> {
    let mut all = Vec::new();
    let mut of_message = Vec::new();
    for (place, campaign) in (0..).zip(&world.campaigns) {
        for message in 0..campaign.messages {
            people::visits(world, place, message, &mut of_message);
            all.append(&mut of_message);
        }
    }
    all.append(&mut other_traffic(world));
    all.append(&mut played(world));
    // Visits of the same millisecond keep the order in which they were made.
    all.sort_by_key(|visit| visit.at);
    swap_some(&mut all);
    all
}

/// The scenes, each on the stage of its campaign.
fn played(world: &World) -> Vec<Visit> {
    let stage = |campaign: u16| Stage::new(campaign, 1_000, world.campaigns[usize::from(campaign)].sent);
    let mut first = stage(SALE_FIRST);
    scenes::long_stories(&mut first);
    let mut second = stage(SALE_SECOND);
    scenes::scenes(&mut second);
    let mut weekly = stage(WEEKLY);
    scenes::every_agent(&mut weekly);
    let mut alert = stage(ALERT);
    scenes::alert(&mut alert);
    [first, second, weekly, alert].into_iter().flat_map(|stage| stage.visits).collect()
}

fn other_traffic(world: &World) -> Vec<Visit> {
    let mut rng = Rng::keyed(world.seed, u64::MAX, u64::MAX);
    let mut visits: Vec<Visit> = (0..OTHER_TRAFFIC)
        .map(|number| {
            let at = rng.between(world.start, world.end);
            match number % 3 {
                0 => background::probe(&mut rng, at),
                1 => background::junk(&mut rng, at),
                _ => background::visit(&mut rng, at),
            }
        })
        .collect();
    let at = rng.between(world.start, world.end);
    visits.push(background::long_url(&mut rng, at));
    visits
}

/// Lets some neighbours of neighbouring seconds change places: workers buffer their lines.
fn swap_some(visits: &mut [Visit]) {
    let apart = |place: usize, visits: &[Visit]| visits[place].at / 1_000 - visits[place - 1].at / 1_000;
    let places: Vec<usize> = (1..visits.len()).filter(|&place| apart(place, visits) == 1).step_by(4).collect();
    for place in places {
        visits.swap(place - 1, place);
    }
}

fn text(lines: &mut Lines<'_>, visits: &[Visit]) -> Vec<u8> {
    let new_format = instant(NEW_FORMAT);
    let mut text = Vec::new();
    for visit in visits {
        let format = if visit.at < new_format { Format::Combined } else { Format::Mailpixel };
        lines.push(&mut text, visit, format);
    }
    text
}

fn pack(packing: Packing, text: &[u8]) -> io::Result<Vec<u8>> {
    match packing {
        Packing::Plain => Ok(text.to_vec()),
        Packing::Zstd => zstd::encode_all(text, 19),
        Packing::GzipMembers => {
            let half = text.len() / 2;
            let cut = text[half..].iter().position(|&byte| byte == b'\n').map_or(half, |place| half + place + 1);
            Ok([gzip(&text[..cut])?, gzip(&text[cut..])?].concat())
        }
    }
}

/// One gzip member, without a time stamp, so that the same text gives the same bytes.
fn gzip(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(text)?;
    encoder.finish()
}

/// An instant that is written in this file.
fn instant(text: &str) -> i64 {
    text.parse::<Timestamp>().expect("the instants in this file are valid").as_millisecond()
}
