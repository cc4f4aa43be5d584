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
}
