//! A CSV file of sends.

use std::io::Read;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::bad_row::{BadRows, Fault};
use super::chunk::{Chunk, Row};
use super::column::{Column, HeaderError, Layout};
use super::csv_pieces::{Piece, Pieces, newlines};
use super::error::SendsError;
use super::load::{FileRows, Part, Reading};
use super::time::Times;
use crate::events::names::LocalNames;

/// What may stand between cells.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Pieces that wait for a thread, at most, for each thread.
const WAITING_PER_THREAD: usize = 4;

/// What the header says.
#[derive(Debug)]
struct Header {
    delimiter: u8,
    layout: Layout,
    /// How many columns there are.
    width: usize,
    /// Its bytes.
    len: usize,
}

/// Reads a file of which `stream` gives the unpacked bytes, in the current rayon pool.
pub fn read(reading: &Reading<'_>, stream: impl Read + Send, piece_size: usize) -> Result<FileRows, SendsError> {
    let failed = |error| SendsError::io(reading.path, error);
    let mut pieces = Pieces::new(stream, piece_size).map_err(failed)?;
    pieces.fill_first_row().map_err(failed)?;
    if pieces.head().starts_with(b"\xEF\xBB\xBF") {
        pieces.skip(3);
    }
    let header = header(reading.path, pieces.head())?;
    pieces.skip(header.len);
    pieces.set_delimiter(header.delimiter);
    let parts = Mutex::new(Vec::new());
    rayon::scope(|scope| -> Result<(), SendsError> {
        let waiting = AtomicUsize::new(0);
        let waiting = std::sync::Arc::new(waiting);
        let limit = WAITING_PER_THREAD * rayon::current_num_threads();
        let mut number = 0;
        while let Some(piece) = pieces.next(reading.path)? {
            let (number_here, parts, header) = (number, &parts, &header);
            let work = move || {
                let part = parse(reading, header, &piece);
                parts.lock().expect("no thread panicked with the lock").push((number_here, part));
            };
            number += 1;
            if waiting.load(Ordering::Relaxed) >= limit || rayon::current_num_threads() == 1 {
                work();
            } else {
                waiting.fetch_add(1, Ordering::Relaxed);
                let waiting = std::sync::Arc::clone(&waiting);
                scope.spawn(move |_| {
                    work();
                    waiting.fetch_sub(1, Ordering::Relaxed);
                });
            }
        }
        Ok(())
    })?;
    let mut parts = parts.into_inner().expect("no thread panicked with the lock");
    parts.sort_unstable_by_key(|(number, _)| *number);
    let parts = parts.into_iter().map(|(_, part)| part).collect();
    Ok(FileRows { columns: header.layout.columns(), ignored: header.layout.ignored, parts })
}

/// Finds the header's delimiter and columns: of the delimiters, the first that sets `message` apart.
fn header(path: &str, head: &[u8]) -> Result<Header, SendsError> {
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
        let hint = " (they look like UTF-16)";
        return Err(SendsError::Encoding { path: path.to_owned(), hint });
    }
    let mut most: Vec<String> = Vec::new();
    let mut most_like = None;
    for delimiter in DELIMITERS {
        let (names, len) = first_record(path, head, delimiter)?;
        match Layout::new(names.iter().map(String::as_str)) {
            Ok(layout) => return Ok(Header { delimiter, layout, width: names.len(), len }),
            Err(HeaderError::Twice(column)) => return Err(SendsError::Twice { path: path.to_owned(), column }),
            Err(HeaderError::NoMessage(nearest)) if names.len() > most.len() => (most, most_like) = (names, nearest),
            Err(HeaderError::NoMessage(_)) => {}
        }
    }
    Err(SendsError::NoMessage { path: path.to_owned(), found: most, nearest: most_like })
}

/// The cells of the first row, and where it ends.
fn first_record(path: &str, head: &[u8], delimiter: u8) -> Result<(Vec<String>, usize), SendsError> {
    let mut reader = reader(head, delimiter);
    let mut record = csv::ByteRecord::new();
    if !read_record(&mut reader, &mut record) {
        return Err(SendsError::Empty { path: path.to_owned() });
    }
    let name = |cell: &[u8]| match std::str::from_utf8(cell) {
        Ok(name) => Ok(name.trim().to_owned()),
        Err(_) => Err(SendsError::Encoding { path: path.to_owned(), hint: "" }),
    };
    let names = record.iter().map(name).collect::<Result<_, _>>()?;
    let end = usize::try_from(reader.position().byte()).expect("the head is in memory");
    Ok((names, end))
}

fn reader(bytes: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(32 << 10)
        .from_reader(bytes)
}

fn read_record(reader: &mut csv::Reader<&[u8]>, record: &mut csv::ByteRecord) -> bool {
    reader.read_byte_record(record).expect("bytes in memory can be read, and rows may have any length")
}

/// Reads the rows of a piece.
fn parse(reading: &Reading<'_>, header: &Header, piece: &Piece) -> Part {
    let mut chunk = Chunk::new(reading.file, header.layout.columns());
    let mut bad = BadRows::default();
    let mut names = reading.take_names();
    let mut times = Times::new(reading.zone);
    let mut reader = reader(&piece.bytes, header.delimiter);
    let mut record = csv::ByteRecord::new();
    while read_record(&mut reader, &mut record) {
        let line = line(piece, &record);
        if let Err(fault) = add(reading, header, &record, line, &mut chunk, &mut names, &mut times) {
            bad.push(line, fault);
        }
    }
    reading.give_names(names);
    chunk.shrink();
    Part { chunks: vec![chunk], bad }
}

/// The line on which a record starts. The csv crate gives the place where it looked for it: empty lines may come
/// before the record.
fn line(piece: &Piece, record: &csv::ByteRecord) -> u64 {
    let Some(position) = record.position() else { return piece.line };
    let start = usize::try_from(position.byte()).expect("the piece is in memory");
    let rest = &piece.bytes[start..];
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    piece.line + position.line() - 1 + if empty == 0 { 0 } else { newlines(&rest[..empty]) }
}

fn add(
    reading: &Reading<'_>,
    header: &Header,
    record: &csv::ByteRecord,
    line: u64,
    chunk: &mut Chunk,
    names: &mut LocalNames,
    times: &mut Times<'_>,
) -> Result<(), Fault> {
    let has_more = || record.iter().skip(header.width).any(|cell| !cell.trim_ascii().is_empty());
    if record.len() < header.width || has_more() {
        let (n, width) = (record.len(), header.width);
        return Err(Fault::row(format_args!("the row has {n} cells, and the header {width}")));
    }
    let cell = |column: Column| {
        let cell = header.layout.places[column as usize].and_then(|place| record.get(place));
        cell.unwrap_or_default().trim_ascii()
    };
    let sent_at = cell(Column::SentAt);
    let sent_at_ms = if sent_at.is_empty() {
        None
    } else {
        Some(times.parse(sent_at).map_err(|error| Fault::cell(Column::SentAt, sent_at, error))?)
    };
    let row = Row {
        message: cell(Column::Message),
        campaign: cell(Column::Campaign),
        recipient: cell(Column::Recipient),
        sender: cell(Column::Sender),
        variant: cell(Column::Variant),
        sent_at_ms,
        status: cell(Column::Status),
        consent: cell(Column::Consent),
    };
    chunk.push(line, &row, names, reading.names)
}
