//! The time stamps of log lines, to milliseconds since 1970 UTC.

use nom::bytes::complete::{tag, take};
use nom::character::complete::{char, one_of};
use nom::combinator::{map_opt, opt, verify};
use nom::{IResult, Parser};

/// `23/Nov/2026:21:58:47 +0000`, as `$time_local` is written: always 26 bytes.
pub const TIME_LOCAL_LEN: usize = 26;

const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// Exactly `n` digits as a number.
fn digits<'a>(n: usize) -> impl Parser<&'a [u8], Output = i64, Error = nom::error::Error<&'a [u8]>> {
    map_opt(take(n), |digits: &[u8]| {
        digits.iter().try_fold(0_i64, |sum, d| d.is_ascii_digit().then(|| sum * 10 + i64::from(d - b'0')))
    })
}

/// `hh:mm:ss` as seconds; 60 is a leap second.
fn clock(input: &[u8]) -> IResult<&[u8], i64> {
    let (input, hour) = verify(digits(2), |h| *h < 24).parse(input)?;
    let (input, minute) = verify((char(':'), digits(2)).map(|t| t.1), |m| *m < 60).parse(input)?;
    let (input, second) = verify((char(':'), digits(2)).map(|t| t.1), |s| *s <= 60).parse(input)?;
    Ok((input, hour * 3600 + minute * 60 + second))
}

/// `+0130`, `-01:30` or `Z` as seconds east of UTC.
fn offset(input: &[u8]) -> IResult<&[u8], i64> {
    if let Ok((rest, _)) = char::<_, nom::error::Error<&[u8]>>('Z')(input) {
        return Ok((rest, 0));
    }
    let (input, sign) = one_of("+-")(input)?;
    let (input, hours) = verify(digits(2), |h| *h < 24).parse(input)?;
    let (input, _) = opt(char(':')).parse(input)?;
    let (input, minutes) = verify(digits(2), |m| *m < 60).parse(input)?;
    let seconds = hours * 3600 + minutes * 60;
    Ok((input, if sign == '-' { -seconds } else { seconds }))
}

/// `$time_local` as milliseconds since 1970 UTC.
pub fn time_local(value: &[u8]) -> Option<i64> {
    let parse = |input| -> IResult<&[u8], i64> {
        let (input, day) = digits(2).parse(input)?;
        let (input, _) = char('/')(input)?;
        let (input, month) =
            map_opt(take(3_usize), |name: &[u8]| MONTHS.iter().position(|m| m[..] == *name)).parse(input)?;
        let (input, _) = char('/')(input)?;
        let (input, year) = digits(4).parse(input)?;
        let (input, _) = char(':')(input)?;
        let (input, clock) = clock(input)?;
        let (input, _) = char(' ')(input)?;
        let (input, offset) = offset(input)?;
        let month = i64::try_from(month).expect("a month is under 13") + 1;
        Ok((input, seconds_since_1970(year, month, day).map_or(i64::MIN, |days| days + clock - offset)))
    };
    whole(parse(value)).filter(|s| *s != i64::MIN).map(|s| s * 1000)
}

/// `$time_iso8601`, or another RFC 3339 time with an offset and perhaps a fraction, as milliseconds since 1970 UTC.
pub fn time_iso8601(value: &[u8]) -> Option<i64> {
    let parse = |input| -> IResult<&[u8], i64> {
        let (input, year) = digits(4).parse(input)?;
        let (input, month) = (char('-'), digits(2)).map(|t| t.1).parse(input)?;
        let (input, day) = (char('-'), digits(2)).map(|t| t.1).parse(input)?;
        let (input, _) = one_of("T ")(input)?;
        let (input, clock) = clock(input)?;
        let (input, fraction) = opt(fraction).parse(input)?;
        let (input, offset) = offset(input)?;
        let seconds = seconds_since_1970(year, month, day).map(|days| days + clock - offset);
        Ok((input, seconds.map_or(i64::MIN, |s| s * 1000 + fraction.unwrap_or(0))))
    };
    whole(parse(value)).filter(|ms| *ms != i64::MIN)
}

/// `$msec`, seconds with three decimals, as milliseconds since 1970 UTC.
pub fn msec(value: &[u8]) -> Option<i64> {
    let dot = value.len().checked_sub(4).filter(|dot| value[*dot] == b'.' && (1..=12).contains(dot))?;
    let parse = |input| -> IResult<&[u8], i64> {
        let (input, seconds) = digits(dot).parse(input)?;
        let (input, _) = tag(".")(input)?;
        let (input, ms) = digits(3).parse(input)?;
        Ok((input, seconds * 1000 + ms))
    };
    whole(parse(value))
}

/// `.123456` as milliseconds.
fn fraction(input: &[u8]) -> IResult<&[u8], i64> {
    let (input, _) = one_of(".,")(input)?;
    let n = input.iter().take_while(|b| b.is_ascii_digit()).count();
    let (rest, all) = take(n)(input)?;
    let ms = (0..3).fold(0, |sum, i| sum * 10 + all.get(i).map_or(0, |d| i64::from(d - b'0')));
    if n == 0 {
        Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Digit)))
    } else {
        Ok((rest, ms))
    }
}

fn whole(parsed: IResult<&[u8], i64>) -> Option<i64> {
    parsed.ok().filter(|(rest, _)| rest.is_empty()).map(|(_, value)| value)
}

/// Seconds from 1970-01-01 to the start of a day of the proleptic Gregorian calendar, or `None` where there is no
/// such day. The day count is Howard Hinnant's `days_from_civil` (howardhinnant.github.io/date_algorithms.html).
pub fn seconds_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some((era * 146_097 + day_of_era - 719_468) * 86_400)
}

/// The day of the last time stamp: neighbours in a log mostly share it, so that it is read once, and only the clock of
/// each line.
#[derive(Clone, Debug, Default)]
pub struct TimeCache {
    /// What stands before the clock and behind it.
    around: Option<([u8; DATE_LEN], [u8; ZONE_LEN])>,
    /// Midnight of that day, in seconds since 1970 UTC.
    midnight: i64,
}

/// `23/Nov/2026:`
const DATE_LEN: usize = 12;
/// `21:58:47`
const CLOCK_LEN: usize = 8;
/// ` +0000`
const ZONE_LEN: usize = 6;

impl TimeCache {
    /// As [`time_local`].
    pub fn time_local(&mut self, value: &[u8]) -> Option<i64> {
        let Some((date, clock, zone)) = split_local(value) else { return time_local(value) };
        let seconds = clock_seconds(clock)?;
        if self.around != Some((date, zone)) {
            self.midnight = time_local(value)? / 1000 - seconds;
            self.around = Some((date, zone));
        }
        Some((self.midnight + seconds) * 1000)
    }
}

/// The date, the clock and the zone of a `$time_local`, where it is as long as nginx writes it.
fn split_local(value: &[u8]) -> Option<([u8; DATE_LEN], [u8; CLOCK_LEN], [u8; ZONE_LEN])> {
    let (date, rest) = value.split_first_chunk()?;
    let (clock, rest) = rest.split_first_chunk()?;
    Some((*date, *clock, rest.try_into().ok()?))
}

const COLON: u8 = b':' - b'0';

/// As [`clock`], without a branch for each byte: every line has one.
fn clock_seconds(text: [u8; CLOCK_LEN]) -> Option<i64> {
    let digits = text.map(|byte| byte.wrapping_sub(b'0'));
    let [h1, h0, colon, m1, m0, other_colon, s1, s0] = digits;
    let is_clock = (colon == COLON) & (other_colon == COLON) & [h1, h0, m1, m0, s1, s0].iter().all(|digit| *digit < 10);
    let number = |tens: u8, ones: u8| i64::from(tens) * 10 + i64::from(ones);
    let (hour, minute, second) = (number(h1, h0), number(m1, m0), number(s1, s0));
    (is_clock & (hour < 24) & (minute < 60) & (second <= 60)).then_some(hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_time_local() {
        for (text, ms) in [
            ("01/Jan/1970:00:00:00 +0000", Some(0)),
            ("23/Nov/2026:21:58:47 +0000", Some(1_795_471_127_000)),
            ("23/Nov/2026:22:58:47 +0100", Some(1_795_471_127_000)),
            ("23/Nov/2026:16:28:47 -0530", Some(1_795_471_127_000)),
            ("29/Feb/2024:00:00:00 +0000", Some(1_709_164_800_000)),
            ("29/Feb/2023:00:00:00 +0000", None),
            ("31/Dec/1969:23:59:59 +0000", Some(-1000)),
            ("32/Jan/2026:00:00:00 +0000", None),
            ("01/Foo/2026:00:00:00 +0000", None),
            ("01/Jan/2026:24:00:00 +0000", None),
            ("01/Jan/2026:00:00:00", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(time_local(text.as_bytes()), ms, "{text}");
            assert_eq!(TimeCache::default().time_local(text.as_bytes()), ms, "{text}");
        }
    }

    #[test]
    fn a_cache_says_the_same_whatever_came_before() {
        let texts = [
            "23/Nov/2026:21:58:47 +0000",
            "23/Nov/2026:00:00:00 +0000",
            "23/Nov/2026:23:59:60 +0000",
            "23/Nov/2026:23:59:60 -0530",
            "23/Nov/2026:24:00:00 +0000",
            "23/Nov/2026:21:60:00 +0000",
            "23/Nov/2026:21:58:61 +0000",
            "23/Nov/2026:2a:58:47 +0000",
            "23/Nov/2026:21.58:47 +0000",
            "23/Nov/2026:21:58:47 +00:00",
            "23/Nov/2026:21:58:47 Z",
            "24/Nov/2026:21:58:47 +0000",
            "31/Nov/2026:21:58:47 +0000",
            "31/Dec/1969:23:59:59 +0000",
            "",
        ];
        for (before, text) in texts.iter().flat_map(|before| texts.iter().map(move |text| (before, text))) {
            let mut cache = TimeCache::default();
            cache.time_local(before.as_bytes());
            assert_eq!(cache.time_local(text.as_bytes()), time_local(text.as_bytes()), "{text} after {before}");
        }
    }

    #[test]
    fn parses_iso8601_and_msec() {
        for (text, ms) in [
            ("2026-11-23T21:58:47+00:00", Some(1_795_471_127_000)),
            ("2026-11-23T22:58:47.5+01:00", Some(1_795_471_127_500)),
            ("2026-11-23T21:58:47.123456Z", Some(1_795_471_127_123)),
            ("2026-11-23T21:58:47.Z", None),
            ("2026-11-23T21:58:47", None),
            ("2026-13-23T21:58:47Z", None),
        ] {
            assert_eq!(time_iso8601(text.as_bytes()), ms, "{text}");
        }
        for (text, ms) in [
            ("1795471127.042", Some(1_795_471_127_042)),
            ("0.000", Some(0)),
            ("17.04", None),
            ("-", None),
            (".123", None),
        ] {
            assert_eq!(msec(text.as_bytes()), ms, "{text}");
        }
    }

    #[test]
    fn agrees_with_the_calendar_of_jiff() {
        for day in (-800_000..800_000).step_by(97) {
            let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(day)).expect("in range");
            let seconds = seconds_since_1970(i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
            assert_eq!(seconds, Some(i64::from(day) * 86_400), "{date}");
        }
    }
}
