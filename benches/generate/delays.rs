//! How long people wait: heavy-tailed distributions as tables of quantiles, interpolated in integers so that every
//! machine gets the same milliseconds.

use crate::rng::Rng;

pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Shares are counted in billionths: fine enough for the ranks of a campaign of millions.
pub(crate) const WHOLE: i64 = 1_000_000_000;

/// A distribution: pairs of a share in thousandths and the delay below which that share lies.
pub(crate) type Quantiles = [(i64, i64)];

/// From sending a message to its first hit. A fifth comes within a quarter of an hour, half within three hours, and
/// the last ones weeks later.
pub(crate) static FIRST_HIT: [(i64, i64); 13] = [
    (0, 2 * SECOND),
    (20, 25 * SECOND),
    (50, MINUTE),
    (100, 3 * MINUTE),
    (200, 15 * MINUTE),
    (350, HOUR),
    (500, 3 * HOUR),
    (650, 8 * HOUR),
    (800, DAY),
    (900, 60 * HOUR),
    (960, 6 * DAY),
    (990, 12 * DAY),
    (1000, 21 * DAY),
];

/// From one opening to the next one of the same person, beyond the same look at the screen.
pub(crate) static RETURN: [(i64, i64); 5] =
    [(0, 31 * SECOND), (300, 10 * MINUTE), (600, 3 * HOUR), (850, 36 * HOUR), (1000, 7 * DAY)];

/// From opening a message to clicking a link in it.
pub(crate) static CLICK: [(i64, i64); 5] =
    [(0, 1_500), (300, 8 * SECOND), (700, 40 * SECOND), (950, 5 * MINUTE), (1000, HOUR)];

/// From one click to the next one in the same message.
pub(crate) static NEXT_CLICK: [(i64, i64); 4] = [(0, 3_500), (500, 12 * SECOND), (900, 90 * SECOND), (1000, 2 * HOUR)];

/// The delay below which `share` billionths lie.
pub(crate) fn delay_at(table: &Quantiles, share: i64) -> i64 {
    interpolate(table.iter().map(|&(part, delay)| (part * (WHOLE / 1000), delay)), share)
}

/// The share, in billionths, that lies below `delay`: the inverse of [`delay_at`].
pub(crate) fn share_below(table: &Quantiles, delay: i64) -> i64 {
    interpolate(table.iter().map(|&(part, delay)| (delay, part * (WHOLE / 1000))), delay)
}

/// A random delay.
pub(crate) fn draw(table: &Quantiles, rng: &mut Rng) -> i64 {
    delay_at(table, rng.between(0, WHOLE))
}

/// The value at `x` on the line through the points; flat before the first and after the last.
fn interpolate(points: impl Iterator<Item = (i64, i64)>, x: i64) -> i64 {
    let mut before: Option<(i64, i64)> = None;
    for (x1, y1) in points {
        if x < x1 {
            return before.map_or(y1, |(x0, y0)| {
                let climb = i128::from(x - x0) * i128::from(y1 - y0) / i128::from(x1 - x0);
                y0 + climb as i64
            });
        }
        before = Some((x1, y1));
    }
    before.map_or(0, |(_, last)| last)
}
