//! JSON log lines: one flat object a line, as `escape=json` formats write it.

use memchr::memchr2;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::recognize;
use nom::{IResult, Parser};

use super::escape::Escape;
use super::field::{Field, Fields};
use super::record::Record;

/// Which key of the object is which value.
#[derive(Clone, Debug)]
pub struct JsonFormat {
    keys: Keys,
}

#[derive(Clone, Debug)]
enum Keys {
    /// From the `log_format`.
    Named(Vec<(Box<[u8]>, Field)>),
    /// By nginx's variable names and the usual others.
    Usual(Fields),
}

impl JsonFormat {
    /// The format of JSON lines whose `log_format` is not given: keys are told by their names.
    pub fn usual(fields: Fields) -> Self {
        Self { keys: Keys::Usual(fields) }
    }

    /// The keys of a `log_format escape=json '{"key":"$variable",…}'`, or `None` when it is no such object.
    pub fn from_log_format(text: &str, fields: &Fields) -> Option<Self> {
        let mut named = Vec::new();
        object(text.as_bytes(), |key, value| {
            let variable = std::str::from_utf8(value).ok().and_then(|v| v.strip_prefix('$'));
            let name = variable.map(|v| v.trim_start_matches('{').trim_end_matches('}'));
            if let Some(field) = name.and_then(|name| fields.of_variable(name)) {
                named.push((key.into(), field));
            }
        })?;
        Some(Self { keys: Keys::Named(named) })
    }

    /// The values that lines of this format may carry.
    pub fn fields(&self) -> impl Iterator<Item = Field> + '_ {
        match &self.keys {
            Keys::Named(named) => named.iter().map(|(_, field)| *field).collect::<Vec<_>>(),
            Keys::Usual(_) => vec![Field::RemoteAddr, Field::Msec, Field::Request, Field::Status, Field::Client],
        }
        .into_iter()
    }

    /// The record of one line, or `None` when the line is no JSON object.
    pub fn parse<'a>(&self, line: &'a [u8]) -> Option<Record<'a>> {
        let mut record = Record::empty(Escape::Json);
        object(line, |key, value| {
            if let Some(field) = self.field(key) {
                record.set(field, value);
            }
        })?;
        Some(record)
    }

    fn field(&self, key: &[u8]) -> Option<Field> {
        match &self.keys {
            Keys::Named(named) => named.iter().find(|(name, _)| **name == *key).map(|(_, field)| *field),
            Keys::Usual(fields) => std::str::from_utf8(key).ok().and_then(|key| fields.of_json_key(key)),
        }
    }
}

/// Calls `entry` with each key and value of one object, both as they stand between their quotes. Objects and lists
/// inside are skipped. `None` when the text is no object.
fn object<'a>(input: &'a [u8], mut entry: impl FnMut(&'a [u8], &'a [u8])) -> Option<()> {
    let (mut rest, _) = token(b"{", input).ok()?;
    if let Ok((rest, _)) = token(b"}", rest) {
        return space(rest).is_empty().then_some(());
    }
    loop {
        let (after, key) = string(space(rest)).ok()?;
        let (after, _) = token(b":", after).ok()?;
        let (after, value) = value(space(after)).ok()?;
        entry(key, value);
        if let Ok((after, _)) = token(b",", after) {
            rest = after;
        } else {
            let (after, _) = token(b"}", after).ok()?;
            return space(after).is_empty().then_some(());
        }
    }
}

fn space(input: &[u8]) -> &[u8] {
    input.trim_ascii_start()
}

fn token<'a>(mark: &'static [u8], input: &'a [u8]) -> IResult<&'a [u8], &'a [u8]> {
    tag(mark)(space(input))
}

/// The inside of a string, still escaped.
fn string(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let (body, _) = char('"')(input)?;
    let mut at = 0;
    while let Some(found) = memchr2(b'"', b'\\', &body[at..]) {
        at += found;
        if body[at] == b'"' {
            return Ok((&body[at + 1..], &body[..at]));
        }
        at += 2;
        if at > body.len() {
            break;
        }
    }
    Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Char)))
}

/// Any value: a string's inside, or the text of a number, a word, or an unquoted `$variable` of a format. `null` is
/// nothing.
fn value(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"+-._$".contains(&b);
    if input.first().is_some_and(|b| matches!(b, b'{' | b'[')) {
        return nested(input);
    }
    let braced = recognize((tag("${"), take_while1(|b: u8| b != b'}'), tag("}")));
    let word = take_while1(plain).map(|word: &[u8]| if word == b"null" { &word[..0] } else { word });
    alt((string, braced, word)).parse(input)
}

/// Skips an object or a list; its value is empty.
fn nested(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let mut depth = 0_usize;
    let mut rest = input;
    loop {
        let (after, _) = take_while(|b: u8| !b"{}[]\"".contains(&b))(rest)?;
        match after.first() {
            Some(b'"') => rest = string(after)?.0,
            Some(open) => {
                depth = if matches!(open, b'{' | b'[') { depth + 1 } else { depth - 1 };
                rest = &after[1..];
                if depth == 0 {
                    return Ok((rest, b""));
                }
            }
            None => return Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Eof))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Option<Vec<(String, String)>> {
        let mut all = Vec::new();
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        object(text.as_bytes(), |k, v| all.push((lossy(k), lossy(v))))?;
        Some(all)
    }

    #[test]
    fn reads_flat_objects() {
        let pairs = |list: &[(&str, &str)]| Some(list.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect());
        assert_eq!(entries("{}"), pairs(&[]));
        assert_eq!(entries(r#"{"a":"null","b":null,"c":200}"#), pairs(&[("a", "null"), ("b", ""), ("c", "200")]));
        assert_eq!(
            entries(r#" { "a" : "x\"y" , "b":200,"c":null } "#),
            pairs(&[("a", "x\\\"y"), ("b", "200"), ("c", "")])
        );
        assert_eq!(entries(r#"{"a":{"b":["]",{}]},"c":"d"}"#), pairs(&[("a", ""), ("c", "d")]));
        for broken in
            ["{", r#"{"a"}"#, r#"{"a":"b"#, r#"{"a":"b"} x"#, r#"{"a":"b",}"#, r#"{"a":[}"#, "[]", r#"{"a":"\"#]
        {
            assert_eq!(entries(broken), None, "{broken}");
        }
    }

    #[test]
    fn takes_keys_from_the_format() {
        let format =
            JsonFormat::from_log_format(r#"{"t":"$msec","x":"${request}","u":${uri},"n":$status}"#, &Fields::default());
        let format = format.expect("an object");
        let record = format.parse(br#"{"x":"GET / HTTP/1.1","n":404,"t":"1.000"}"#).expect("a record");
        assert_eq!(record.raw(Field::Request), b"GET / HTTP/1.1");
        assert_eq!(record.status(), Some(404));
    }
}
