//! Which answers of the server make a hit count.

use crate::model::kind::Kind;

/// Pixel answers that count: browsers and Gmail revalidate (304), and a client that hangs up (499) had asked.
pub const PIXEL_STATUS: [u16; 5] = [200, 204, 206, 304, 499];

/// Click answers that count. 301 and 308 do not: a redirect from http to https logs a click twice.
pub const CLICK_STATUS: [u16; 4] = [302, 303, 307, 499];

/// The statuses that count, by kind of hit.
#[derive(Clone, Debug)]
pub struct Counting {
    pixel: Vec<u16>,
    click: Vec<u16>,
}

impl Default for Counting {
    fn default() -> Self {
        Self::new(&PIXEL_STATUS, &CLICK_STATUS)
    }
}

impl Counting {
    /// Counts hits with these statuses.
    pub fn new(pixel: &[u16], click: &[u16]) -> Self {
        Self { pixel: pixel.to_vec(), click: click.to_vec() }
    }

    /// Whether a hit with this status counts.
    pub fn counts(&self, kind: Kind, status: u16) -> bool {
        match kind {
            Kind::Open => self.pixel.contains(&status),
            Kind::Click => self.click.contains(&status),
        }
    }
}
