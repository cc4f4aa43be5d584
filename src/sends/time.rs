//! The times of sends: RFC 3339 with an offset, or without one in a time zone that the caller names.

use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::logs::time::seconds_since_1970;

/// Why a text is no time that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The text has another shape.
    #[error("is no time; write it as 2026-11-09T08:00:00+01:00 or 2026-11-09T08:00:00Z")]
    Shape,
    /// There is no such day, or the clock has no such time.
    #[error("is no time that exists")]
    NoSuchTime,
    /// No offset, and no zone that stands in for it.
    #[error("has no offset from UTC: --tz is required, for example --tz Europe/Berlin, or write +01:00 or Z behind it")]
    NoZone,
    /// The clocks of the zone went forward over it.
    #[error("does not exist in the time zone: the clocks went forward over it")]
    Gap,
    /// A number of seconds or milliseconds: which of them is not guessed.
    #[error("is a bare number, which may count seconds or milliseconds; write it as 2026-11-09T08:00:00Z")]
    Number,
    /// A day, of which the time to open can't be told.
    #[error("is a day without a time; write it as 2026-11-09T08:00:00+01:00 or leave it empty")]
    Day,
}

/// Reads times. Sends stand in the order of sending: the last text and the last minute are kept.
#[derive(Debug)]
pub struct Times<'a> {
    zone: Option<&'a TimeZone>,
    text: Vec<u8>,
    read: Result<i64, TimeError>,
    minute: Option<(i64, Result<i64, TimeError>)>,
}

impl<'a> Times<'a> {
    /// Reads times without an offset as those of a zone.
    pub fn new(zone: Option<&'a TimeZone>) -> Self {
        Self { zone, text: Vec::new(), read: Err(TimeError::Shape), minute: None }
    }

    /// A text as milliseconds since 1970 UTC.
    pub fn parse(&mut self, text: &[u8]) -> Result<i64, TimeError> {
        if self.text != text || text.is_empty() {
            self.read = self.read(text);
            self.text.clear();
            self.text.extend_from_slice(text);
        }
        self.read
    }

    fn read(&mut self, text: &[u8]) -> Result<i64, TimeError> {
        let (local_ms, offset) = read(text)?;
        match offset {
            Some(seconds) => Ok(local_ms - seconds * 1000),
            None => self.in_zone(local_ms),
        }
    }

    /// A time of the zone, given as if it were UTC. Of an hour that comes twice, when the clocks go back, it is the
    /// first: then no open comes before its send.
    pub fn in_zone(&mut self, local_ms: i64) -> Result<i64, TimeError> {
        let minute = local_ms.div_euclid(60_000);
        let offset_ms = match self.minute {
            Some((last, offset_ms)) if last == minute => offset_ms,
            _ => {
                let offset_ms = offset_ms(self.zone.ok_or(TimeError::NoZone)?, minute);
                self.minute = Some((minute, offset_ms));
                offset_ms
            }
        };
        Ok(local_ms - offset_ms?)
    }
}

fn offset_ms(zone: &TimeZone, minute: i64) -> Result<i64, TimeError> {
    let local = jiff::Timestamp::from_second(minute * 60).map_err(|_| TimeError::NoSuchTime)?;
    let offset = match zone.to_ambiguous_timestamp(Offset::UTC.to_datetime(local)).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Fold { before, .. } => before,
        AmbiguousOffset::Gap { .. } => return Err(TimeError::Gap),
    };
    Ok(i64::from(offset.seconds()) * 1000)
}

/// The local time as if it were UTC, and the offset in seconds.
fn read(text: &[u8]) -> Result<(i64, Option<i64>), TimeError> {
    if !text.is_empty() && text.iter().all(u8::is_ascii_digit) {
        return Err(TimeError::Number);
    }
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, rest @ ..] = text else { return Err(TimeError::Shape) };
    let year = two(*y1, *y2)? * 100 + two(*y3, *y4)?;
    let (month, day) = (two(*m1, *m2)?, two(*d1, *d2)?);
    let [b'T' | b't' | b' ', h1, h2, b':', n1, n2, rest @ ..] = rest else {
        return Err(if rest.is_empty() { TimeError::Day } else { TimeError::Shape });
    };
    let (hour, minute) = (two(*h1, *h2)?, two(*n1, *n2)?);
    let (second, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (two(*s1, *s2)?, rest),
        _ => (0, rest),
    };
    // 60 is a leap second.
    if hour > 23 || minute > 59 || second > 60 {
        return Err(TimeError::NoSuchTime);
    }
    let (ms, rest) = fraction(rest)?;
    let start = seconds_since_1970(year, month, day).ok_or(TimeError::NoSuchTime)?;
    Ok(((start + hour * 3600 + minute * 60 + second) * 1000 + ms, offset(rest)?))
}

fn two(tens: u8, ones: u8) -> Result<i64, TimeError> {
    if tens.is_ascii_digit() && ones.is_ascii_digit() {
        Ok(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
    } else {
        Err(TimeError::Shape)
    }
}

/// A fraction of a second as whole milliseconds, where there is one.
fn fraction(text: &[u8]) -> Result<(i64, &[u8]), TimeError> {
    let [b'.', digits @ ..] = text else { return Ok((0, text)) };
    let n = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if n == 0 {
        return Err(TimeError::Shape);
    }
    let digit = |i: usize| if i < n { i64::from(digits[i] - b'0') } else { 0 };
    Ok((digit(0) * 100 + digit(1) * 10 + digit(2), &digits[n..]))
}

/// `Z`, `UTC`, `+01:00`, `+0100` or `+01`, perhaps behind a space, as seconds; nothing is no offset.
fn offset(text: &[u8]) -> Result<Option<i64>, TimeError> {
    let (sign, hours, minutes) = match text.strip_prefix(b" ").unwrap_or(text) {
        [] if text.is_empty() => return Ok(None),
        [b'Z' | b'z'] | b"UTC" => return Ok(Some(0)),
        [sign @ (b'+' | b'-'), h1, h2] => (*sign, two(*h1, *h2)?, 0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            (*sign, two(*h1, *h2)?, two(*m1, *m2)?)
        }
        _ => return Err(TimeError::Shape),
    };
    if hours > 23 || minutes > 59 {
        return Err(TimeError::NoSuchTime);
    }
    let seconds = hours * 3600 + minutes * 60;
    Ok(Some(if sign == b'-' { -seconds } else { seconds }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_with_an_offset() {
        for text in [
            "2026-11-09T08:00:00Z",
            "2026-11-09T08:00:00.000000+00:00",
            "2026-11-09 09:00:00+01",
            "2026-11-09t09:00+0100",
            "2026-11-09 08:00:00 UTC",
            "2026-11-09 03:30:00 -04:30",
        ] {
            assert_eq!(Times::new(None).parse(text.as_bytes()), Ok(1_794_211_200_000), "{text}");
        }
        let text = b"2026-11-09T08:00:00.1239+01:00";
        assert_eq!(Times::new(None).parse(text), Ok(1_794_207_600_123));
    }

    #[test]
    fn refuses_what_it_would_have_to_guess() {
        for (text, error) in [
            ("2026-11-09T08:00:00", TimeError::NoZone),
            ("2026-11-09", TimeError::Day),
            ("1794211200", TimeError::Number),
            ("1794211200000", TimeError::Number),
            ("2026-02-29T08:00:00Z", TimeError::NoSuchTime),
            ("2026-11-09T24:00:00Z", TimeError::NoSuchTime),
            ("2026-11-09T08:00:00+24:00", TimeError::NoSuchTime),
            ("09.11.2026 08:00", TimeError::Shape),
            ("11/09/2026 08:00:00", TimeError::Shape),
            ("2026-11-09T08:00:00.Z", TimeError::Shape),
            ("2026-11-09T08:00:00 ", TimeError::Shape),
            ("2026-11-09T08:00:00 CET", TimeError::Shape),
            ("yesterday", TimeError::Shape),
            ("", TimeError::Shape),
        ] {
            assert_eq!(Times::new(None).parse(text.as_bytes()), Err(error), "{text}");
        }
    }

    #[test]
    fn knows_when_clocks_change() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        let mut times = Times::new(Some(&berlin));
        let mut utc = Times::new(None);
        for (local, instant) in [
            ("2026-03-29 01:59:59", Ok("2026-03-29T00:59:59Z")),
            ("2026-03-29 02:30:00", Err(TimeError::Gap)),
            ("2026-03-29 03:00:00", Ok("2026-03-29T01:00:00Z")),
            ("2026-10-25 02:30:00", Ok("2026-10-25T00:30:00Z")),
            ("2026-10-25 03:00:00", Ok("2026-10-25T02:00:00Z")),
            ("2026-10-25 03:00:59", Ok("2026-10-25T02:00:59Z")),
            ("2026-10-25T03:00:00Z", Ok("2026-10-25T03:00:00Z")),
        ] {
            let expected = instant.map(|text| utc.parse(text.as_bytes()).expect("a time"));
            assert_eq!(times.parse(local.as_bytes()), expected, "{local}");
        }
    }
}
