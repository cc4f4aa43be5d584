//! Times and zones as people type them.

use anyhow::{Context, anyhow, bail};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use mailpixel::model::window::Window;
use mailpixel::report::cell::Zone;

/// A zone of the tz database by its name.
pub(crate) fn zone(name: Option<&str>) -> anyhow::Result<Zone> {
    let Some(name) = name else { return Ok(Zone::utc()) };
    if name.eq_ignore_ascii_case("utc") {
        return Ok(Zone::utc());
    }
    let zone = TimeZone::get(name);
    zone.map(Zone::new).map_err(|_| anyhow!("{name:?} is no time zone; write it as Europe/Berlin or UTC"))
}

/// A time as milliseconds since 1970 UTC: RFC 3339, or a date or a time in the zone. A date is its midnight.
pub(crate) fn instant(text: &str, zone: &Zone) -> anyhow::Result<i64> {
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Ok(timestamp.as_millisecond());
    }
    let civil = match text.parse::<Date>() {
        Ok(date) if !text.contains(['T', ' ']) => date.to_datetime(jiff::civil::Time::midnight()),
        _ => text.parse::<DateTime>().map_err(|_| {
            anyhow!("{text:?} is no time; write it as 2026-11-01, 2026-11-01T09:30 or 2026-11-01T09:30:00+01:00")
        })?,
    };
    let zoned = civil.to_zoned_datetime(zone.zone().clone()).with_context(|| format!("{text:?}"))?;
    Ok(zoned.timestamp().as_millisecond())
}

/// A half-open span of time, as it is typed. `names` are those of the two flags.
pub(crate) fn window(
    since: Option<&str>,
    until: Option<&str>,
    names: [&'static str; 2],
    zone: &Zone,
) -> anyhow::Result<Window> {
    let mut window = Window::ALWAYS;
    if let Some(since) = since {
        window.since_ms = instant(since, zone).context(names[0])?;
    }
    if let Some(until) = until {
        window.until_ms = instant(until, zone).context(names[1])?;
    }
    if window.since_ms >= window.until_ms {
        bail!("{} is not before {}: nothing can be in the report", names[0], names[1]);
    }
    Ok(window)
}

/// A length of time, with the text that was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) ms: i64,
}

/// `90s`, `15m`, `2h` or `3d`; several may stand together: `1h30m`.
pub(crate) fn span(text: &str) -> Result<Span, String> {
    let wrong = || "write it as 90s, 15m, 2h or 3d".to_owned();
    let mut ms: i64 = 0;
    let mut number = String::new();
    for c in text.trim().chars() {
        let unit: i64 = match c {
            '0'..='9' => {
                number.push(c);
                continue;
            }
            's' => 1000,
            'm' => 60_000,
            'h' => 3_600_000,
            'd' => 86_400_000,
            _ => return Err(wrong()),
        };
        let part = number.parse::<i64>().ok().and_then(|n| n.checked_mul(unit)).ok_or_else(wrong)?;
        ms = ms.checked_add(part).ok_or_else(wrong)?;
        number.clear();
    }
    // A hundred years are enough, and no sum with an instant overflows.
    if !number.is_empty() || ms <= 0 || ms > 36_525 * 86_400_000 {
        return Err(wrong());
    }
    Ok(Span { text: text.trim().to_owned(), ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times() {
        let berlin = zone(Some("Europe/Berlin")).expect("a zone");
        let utc = zone(None).expect("a zone");
        for (text, zone, ms) in [
            ("2026-11-01", &utc, 1_793_491_200_000),
            ("2026-11-01", &berlin, 1_793_487_600_000),
            ("2026-11-01T01:00", &berlin, 1_793_491_200_000),
            ("2026-11-01 01:00:00", &berlin, 1_793_491_200_000),
            ("2026-11-01T00:00:00Z", &berlin, 1_793_491_200_000),
            ("2026-11-01T02:00:00.5+02:00", &utc, 1_793_491_200_500),
        ] {
            assert_eq!(instant(text, zone).expect(text), ms, "{text}");
        }
        for text in ["yesterday", "2026-13-01", "", "10:00"] {
            assert!(instant(text, &utc).is_err(), "{text}");
        }
        assert!(zone(Some("Europe/Atlantis")).is_err());
    }

    #[test]
    fn reads_spans() {
        for (text, ms) in
            [("90s", 90_000), ("15m", 900_000), ("2h", 7_200_000), ("3d", 259_200_000), ("1h30m", 5_400_000)]
        {
            assert_eq!(span(text).map(|span| span.ms), Ok(ms), "{text}");
        }
        for text in ["", "0s", "15", "m", "2 h", "-1h", "1w", "9999999999999999999d", "99999999d"] {
            assert!(span(text).is_err(), "{text}");
        }
    }
}
