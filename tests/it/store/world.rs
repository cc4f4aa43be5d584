//! A folder of logs that nginx, logrotate and people change, and the events that should be counted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::support::logline::LogLine;
use crate::support::pack;

/// A small generator of chance, so that a history is its seed.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, as of splitmix64.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number under `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// The world.
pub(crate) struct World {
    folder: PathBuf,
    /// Whether lines have request ids.
    with_ids: bool,
    /// Whether every new log starts with the same line.
    same_first_line: bool,
    next_message: u64,
    next_name: u64,
    /// A line of which only the start was written, and its log: it is finished before anything else.
    torn: Option<(PathBuf, String)>,
    /// Messages whose lines were written and not destroyed.
    pub(crate) expected: BTreeSet<String>,
    /// Messages of whole lines that a finished run has seen.
    seen: BTreeSet<String>,
}

impl World {
    pub(crate) fn new(folder: &Path, with_ids: bool, same_first_line: bool) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let mut world = Self {
            folder: folder.to_owned(),
            with_ids,
            same_first_line,
            next_message: 0,
            next_name: 0,
            torn: None,
            expected: BTreeSet::new(),
            seen: BTreeSet::new(),
        };
        world.start_log();
        world
    }

    fn live(&self) -> PathBuf {
        self.folder.join("access.log")
    }

    fn start_log(&mut self) {
        let first = if self.same_first_line {
            "192.0.2.1 - - [01/Nov/2026:00:00:00 +0000] \"GET /health HTTP/1.1\" 200 0 \"-\" \"-\"\n"
        } else {
            ""
        };
        std::fs::write(self.live(), first).unwrap();
    }

    fn line(&mut self) -> String {
        let n = self.next_message;
        self.next_message += 1;
        let message = format!("m{n}");
        // Days apart, so that a batch has several, and out of order at times.
        let ts_ms = 1_793_500_000_000 + i64::try_from(n).unwrap() * 7_000_000 % 300_000_000;
        let mut line = LogLine::new(ts_ms, &format!("/o/c/{message}.gif"));
        line.request_id = format!("{n:032x}");
        self.expected.insert(message);
        (if self.with_ids { line.mailpixel() } else { line.combined() }) + "\n"
    }

    fn append(path: &Path, text: &str) {
        use std::io::Write;
        std::fs::OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Finishes a line of which only the start was written.
    fn mend(&mut self) {
        if let Some((path, rest)) = self.torn.take() {
            Self::append(&path, &rest);
        }
    }

    pub(crate) fn write(&mut self, lines: u64) {
        self.mend();
        let text: String = (0..lines).map(|_| self.line()).collect();
        Self::append(&self.live(), &text);
    }

    /// Writes the start of a line.
    pub(crate) fn tear(&mut self, chance: &mut Chance) {
        self.mend();
        let line = self.line();
        let at = 1 + usize::try_from(chance.below(line.len() as u64 - 1)).unwrap();
        Self::append(&self.live(), &line[..at]);
        self.torn = Some((self.live(), line[at..].to_owned()));
    }

    /// nginx goes on writing to a renamed log until it is told to open it again.
    pub(crate) fn write_late(&mut self, lines: u64) {
        self.mend();
        let first = self.folder.join("access.log.1");
        if first.exists() {
            let text: String = (0..lines).map(|_| self.line()).collect();
            Self::append(&first, &text);
        }
    }

    fn shift(&mut self) {
        for n in (1..6).rev() {
            for suffix in ["", ".gz", ".zst"] {
                let from = self.folder.join(format!("access.log.{n}{suffix}"));
                if from.exists() {
                    std::fs::rename(&from, self.folder.join(format!("access.log.{}{suffix}", n + 1))).unwrap();
                }
            }
        }
    }

    /// As logrotate with `create`.
    pub(crate) fn rotate(&mut self) {
        self.mend();
        self.shift();
        std::fs::rename(self.live(), self.folder.join("access.log.1")).unwrap();
        self.start_log();
    }

    /// As logrotate with `copytruncate`; `lost` lines are written between the copy and the truncation.
    pub(crate) fn copy_truncate(&mut self, lost: u64) {
        self.mend();
        self.shift();
        std::fs::copy(self.live(), self.folder.join("access.log.1")).unwrap();
        for _ in 0..lost {
            let n = self.next_message;
            let _ = self.line();
            self.expected.remove(&format!("m{n}"));
        }
        self.start_log();
    }

    /// Packs a rotated log.
    pub(crate) fn pack(&mut self, suffix: &str) {
        self.mend();
        for n in (1..7).rev() {
            let plain = self.folder.join(format!("access.log.{n}"));
            if plain.exists() {
                let name = format!("access.log.{n}.{suffix}");
                std::fs::write(self.folder.join(&name), pack(&name, &std::fs::read(&plain).unwrap())).unwrap();
                std::fs::remove_file(plain).unwrap();
                return;
            }
        }
    }

    /// The half of a gzip beside its log: logrotate in the act.
    pub(crate) fn pack_half(&mut self) {
        let plain = self.folder.join("access.log.1");
        if plain.exists() {
            let packed = pack("x.gz", &std::fs::read(&plain).unwrap());
            std::fs::write(self.folder.join("access.log.1.gz"), &packed[..packed.len() / 2]).unwrap();
        }
    }

    /// logrotate removes what it left before it packs again.
    pub(crate) fn drop_half(&mut self) {
        if self.folder.join("access.log.1").exists() {
            let _ = std::fs::remove_file(self.folder.join("access.log.1.gz"));
        }
    }

    fn rotated(&self) -> Vec<PathBuf> {
        let mut paths: Vec<_> = std::fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| *path != self.live());
        paths.sort();
        paths
    }

    /// Somebody's backup of a log under another name.
    pub(crate) fn copy(&mut self, chance: &mut Chance) {
        let mut logs = self.rotated();
        logs.push(self.live());
        let from = &logs[usize::try_from(chance.below(logs.len() as u64)).unwrap()];
        let name = format!("backup-{}.log{}", self.next_name, packed_suffix(from));
        self.next_name += 1;
        std::fs::copy(from, self.folder.join(name)).unwrap();
    }

    /// A log gets another name.
    pub(crate) fn rename(&mut self, chance: &mut Chance) {
        self.mend();
        let logs = self.rotated();
        if !logs.is_empty() {
            let from = &logs[usize::try_from(chance.below(logs.len() as u64)).unwrap()];
            let name = format!("moved-{}.log{}", self.next_name, packed_suffix(from));
            self.next_name += 1;
            std::fs::rename(from, self.folder.join(name)).unwrap();
        }
    }

    /// A log that has been read is deleted.
    pub(crate) fn delete(&mut self, chance: &mut Chance) {
        self.mend();
        let logs = self.rotated();
        if !logs.is_empty() {
            let path = &logs[usize::try_from(chance.below(logs.len() as u64)).unwrap()];
            if messages_of(path).iter().all(|message| self.seen.contains(message)) {
                std::fs::remove_file(path).unwrap();
            }
        }
    }

    /// The logs, in a random order.
    pub(crate) fn logs(&self, chance: &mut Chance) -> Vec<PathBuf> {
        let mut logs = self.rotated();
        logs.push(self.live());
        for i in (1..logs.len()).rev() {
            logs.swap(i, usize::try_from(chance.below(i as u64 + 1)).unwrap());
        }
        logs
    }

    /// A run has read everything that is there.
    pub(crate) fn note_finished_run(&mut self) {
        let mut logs = self.rotated();
        logs.push(self.live());
        self.seen.extend(logs.iter().flat_map(|log| messages_of(log)));
    }

    /// What the store must hold once everything has been read.
    pub(crate) fn truth(&mut self) -> BTreeMap<String, usize> {
        self.mend();
        self.expected.iter().map(|message| (message.clone(), 1)).collect()
    }
}

fn packed_suffix(path: &Path) -> &'static str {
    match path.extension().and_then(|suffix| suffix.to_str()) {
        Some("gz") => ".gz",
        Some("zst") => ".zst",
        _ => "",
    }
}

/// The messages of a log's whole lines.
fn messages_of(path: &Path) -> Vec<String> {
    use std::io::Read;
    let (_, mut stream) = mailpixel::logs::compression::open(path).unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let text = String::from_utf8(bytes[..whole].to_vec()).unwrap();
    let message = |line: &str| Some(line.split("/o/c/").nth(1)?.split(".gif").next()?.to_owned());
    text.lines().filter_map(message).collect()
}
