//! The line parser: nom over bytes, one pass, no allocation.

use memchr::memmem;
use nom::bytes::complete::tag;
use nom::error::{Error, ErrorKind};
use nom::{IResult, Parser};

use super::escape::Escape;
use super::field::Fields;
use super::format::{self, End, Format, FormatError, Step, TextFormat};
use super::json::JsonFormat;
use super::record::Record;
use super::short_text::{position, strip_prefix};
use super::time::TIME_LOCAL_LEN;
use crate::model::reason::Rejected;

/// Lines longer than this are rejected.
pub const MAX_LINE: usize = 16 << 20;

/// Reads lines of one or several formats, told apart line by line.
#[derive(Clone, Debug)]
pub struct LineParser {
    text: Vec<TextFormat>,
    json: Vec<JsonFormat>,
}

impl LineParser {
    /// The formats that are read when none is named: `combined` with any known tail, and JSON.
    pub fn usual(fields: &Fields) -> Self {
        Self { text: vec![format::default_text(fields)], json: vec![JsonFormat::usual(fields.clone())] }
    }

    /// The formats that were named, tried in order.
    pub fn of_formats(formats: Vec<Format>) -> Self {
        let mut parser = Self { text: Vec::new(), json: Vec::new() };
        for format in formats {
            match format {
                Format::Text(format) => parser.text.push(format),
                Format::Json(format) => parser.json.push(format),
            }
        }
        parser
    }

    /// Compiles the formats of a configuration; none means [`LineParser::usual`].
    pub fn compile(
        formats: &[String],
        nginx_conf: Option<&std::path::Path>,
        fields: &Fields,
    ) -> Result<Self, FormatError> {
        if formats.is_empty() {
            return Ok(Self::usual(fields));
        }
        let formats = formats.iter().map(|given| format::compile(given, nginx_conf, fields));
        Ok(Self::of_formats(formats.collect::<Result<_, _>>()?))
    }

    /// The record of a line without its newline.
    pub fn parse<'a>(&self, line: &'a [u8]) -> Result<Record<'a>, Rejected> {
        let mut record = Record::empty(Escape::default());
        self.read(line, &mut record)?;
        Ok(record)
    }

    /// Fills an empty record from a line without its newline. A record is large: to hand it over takes as long as to find
    /// some of its values.
    pub fn read<'a>(&self, line: &'a [u8], record: &mut Record<'a>) -> Result<(), Rejected> {
        if line.len() >= MAX_LINE {
            return Err(Rejected::TooLong);
        }
        let is_json = line.first() == Some(&b'{') && !self.json.is_empty();
        if is_json && let Some(read) = self.json.iter().find_map(|format| format.parse(line)) {
            *record = read;
            return Ok(());
        }
        for (i, format) in self.text.iter().enumerate() {
            if i > 0 {
                *record = Record::empty(format.escape);
            }
            record.escape = format.escape;
            if fill(format, line, record).is_ok() {
                return Ok(());
            }
        }
        Err(if is_json { Rejected::Json } else { Rejected::Format })
    }
}

/// A whole line of a text format.
fn fill<'a>(format: &TextFormat, line: &'a [u8], record: &mut Record<'a>) -> IResult<&'a [u8], ()> {
    let (rest, _) = tag(&*format.prefix).parse(line)?;
    let (mut rest, ()) = steps(&format.steps, rest, record)?;
    if !rest.is_empty() {
        for tail in &format.tails {
            let mut with_tail = record.clone();
            let parsed = tag::<_, _, Error<_>>(&*tail.prefix)
                .parse(rest)
                .and_then(|(rest, _)| steps(&tail.steps, rest, &mut with_tail));
            if let Ok((after @ b"", ())) = parsed {
                (*record, rest) = (with_tail, after);
                break;
            }
        }
    }
    Ok((rest, ()))
}

/// The values of a line, one after the other.
fn steps<'a>(steps: &[Step], mut input: &'a [u8], record: &mut Record<'a>) -> IResult<&'a [u8], ()> {
    for step in steps {
        let (rest, value) = value(step, input)?;
        if let Some(field) = step.field {
            record.set(field, value);
        }
        input = rest;
    }
    Ok((input, ()))
}

/// One value and the fixed text behind it.
fn value<'a>(step: &Step, input: &'a [u8]) -> IResult<&'a [u8], &'a [u8]> {
    if step.until.is_empty() {
        return Ok((&input[input.len()..], input));
    }
    let end = match &step.end {
        End::Text => find(input, &step.until, 0),
        End::Quote => find_quote(input, &step.until),
        End::BeforeTime(behind) => find_before_time(input, &step.until, behind),
    };
    let Some(end) = end else { return Err(nom::Err::Error(Error::new(input, ErrorKind::TakeUntil))) };
    Ok((&input[end + step.until.len()..], &input[..end]))
}

/// Where `text` stands in `input`, from `from` on. One byte is looked for first: that of values of which most are short.
fn find(input: &[u8], text: &[u8], from: usize) -> Option<usize> {
    find_by(position, input, text, from)
}

fn find_by(position: impl Fn(u8, &[u8]) -> Option<usize>, input: &[u8], text: &[u8], from: usize) -> Option<usize> {
    let (first, more) = text.split_first()?;
    let mut at = from;
    loop {
        at += position(*first, input.get(at..)?)?;
        if strip_prefix(&input[at + 1..], more).is_some() {
            return Some(at);
        }
        at += 1;
    }
}

/// Where the closing quote of a value stands. nginx writes a quote inside a value as `\x22`; others write `\"`.
fn find_quote(input: &[u8], text: &[u8]) -> Option<usize> {
    // A quoted value is long, or nothing.
    if input.first() == Some(&b'-') && strip_prefix(&input[1..], text).is_some() {
        return Some(1);
    }
    let mut from = 0;
    loop {
        let at = find_by(memchr::memchr, input, text, from)?;
        let backslashes = input[..at].iter().rev().take_while(|b| **b == b'\\').count();
        if backslashes % 2 == 0 {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Where a value ends that is followed by a `$time_local`: a user name may hold ` [` itself, and even a time, but
/// no quote, so that only the real time is followed by what the format has behind it.
fn find_before_time(input: &[u8], text: &[u8], behind: &[u8]) -> Option<usize> {
    let first = find(input, text, 0)?;
    let mut at = Some(first);
    while let Some(found) = at {
        let time = &input[found + text.len()..];
        if let Some(end) = time.get(TIME_LOCAL_LEN..)
            && strip_prefix(end, behind).is_some()
        {
            return Some(found);
        }
        at = memmem::find(&input[found + 1..], text).map(|next| found + 1 + next);
    }
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::super::field::Field;
    use super::*;

    const LINE: &str =
        r#"192.0.2.7 - - [23/Nov/2026:21:58:47 +0000] "GET /o/c/m.gif HTTP/1.1" 200 43 "-" "Mozilla/5.0""#;

    fn parse(line: &str) -> Result<Record<'_>, Rejected> {
        LineParser::usual(&Fields::default()).parse(line.as_bytes())
    }

    #[test]
    fn reads_combined_with_and_without_tails() {
        let tail = r#" 1795471127.042 00112233445566778899aabbccddeeff "prefetch" "-" "-" "-" "1""#;
        let cases = [
            (LINE.to_owned(), "", ""),
            (format!("{LINE}{tail}"), "1795471127.042", "prefetch"),
            (format!("{LINE} \"203.0.113.9\""), "", ""),
            (format!("{LINE} 0.003 something else"), "", ""),
            (format!("{LINE} 1795471127.042 0011"), "", ""),
        ];
        for (line, msec, purpose) in &cases {
            let record = parse(line).expect("a record");
            assert_eq!(record.raw(Field::UserAgent), b"Mozilla/5.0", "{line}");
            assert_eq!(record.raw(Field::Msec), msec.as_bytes(), "{line}");
            assert_eq!(record.raw(Field::SecPurpose), purpose.as_bytes(), "{line}");
        }
    }

    #[test]
    fn is_not_fooled_by_user_names() {
        for user in ["a b", "x [y", "[", "a [01/Jan/2020:00:00:00 +0000", "a [01/Jan/2020:00:00:00 +0000] z"] {
            let line = LINE.replace("- - [", &format!("- {user} ["));
            let record = parse(&line).expect("a record");
            assert_eq!(record.raw(Field::TimeLocal), b"23/Nov/2026:21:58:47 +0000", "{user}");
            assert_eq!(record.raw(Field::Request), b"GET /o/c/m.gif HTTP/1.1", "{user}");
        }
    }

    #[test]
    fn reads_quotes_as_others_escape_them() {
        let line = LINE.replace("\"Mozilla/5.0\"", r#""say \"hi\" \\""#);
        assert_eq!(&*parse(&line).expect("a record").text(Field::UserAgent), br#"say "hi" \"#);
    }

    #[test]
    fn rejects_what_is_no_line() {
        for line in ["", "hello", "192.0.2.7 - - [23/Nov/2026:21:58:47 +0000] \"GET /o/c/m.gif"] {
            assert_eq!(parse(line).map(|_| ()), Err(Rejected::Format), "{line}");
        }
        assert_eq!(parse(r#"{"request": "#).map(|_| ()), Err(Rejected::Json));
    }
}
