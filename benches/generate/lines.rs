//! Visits become log lines, byte for byte as nginx writes them.

use std::io::Write as _;

use clap::ValueEnum;
use jiff::Timestamp;

use crate::agents::Protocol;
use crate::escape;
use crate::numbers::{push_address, push_decimal, push_hex, push_padded};
use crate::rng::mix;
use crate::visit::{Privacy, Purpose, Spelling, Target, Visit};
use crate::world::World;

/// The shape of a log line.
#[derive(Clone, Copy, PartialEq, Debug, ValueEnum)]
pub(crate) enum Format {
    /// combined, then milliseconds, request id, purpose headers and Sec-GPC
    Mailpixel,
    /// nginx's own default
    Combined,
    /// one JSON object per line, as nginx writes it with escape=json
    Json,
}

/// Writes visits as lines and keeps what lines share: the text of the second and the number of the line.
pub(crate) struct Lines<'a> {
    world: &'a World,
    lines: u64,
    second: i64,
    /// `$time_local` of that second.
    time: Vec<u8>,
    /// The request line at hand; kept for its memory.
    request: Vec<u8>,
}

impl<'a> Lines<'a> {
    /// A writer of lines about `world`.
    pub(crate) fn new(world: &'a World) -> Lines<'a> {
        Lines { world, lines: 0, second: i64::MIN, time: Vec::new(), request: Vec::new() }
    }

    /// Appends one line to `out`.
    pub(crate) fn push(&mut self, out: &mut Vec<u8>, visit: &Visit, format: Format) {
        self.lines += 1;
        self.tell_time(visit.at.div_euclid(1_000));
        let has_request = self.write_request(visit);
        match format {
            Format::Combined => self.push_combined(out, visit, has_request),
            Format::Mailpixel => {
                self.push_combined(out, visit, has_request);
                self.push_more(out, visit);
            }
            Format::Json => self.push_json(out, visit),
        }
        out.push(b'\n');
    }

    /// Makes the text of a second, unless it is still the same one.
    fn tell_time(&mut self, second: i64) {
        if second == self.second {
            return;
        }
        self.second = second;
        self.time.clear();
        let time = Timestamp::from_second(second).expect("the period was checked to lie in jiff's range");
        write!(self.time, "{}", time.strftime("%d/%b/%Y:%H:%M:%S +0000")).expect("a Vec takes every byte");
    }

    /// Writes the whole request line of a visit; false when the client sent none.
    fn write_request(&mut self, visit: &Visit) -> bool {
        self.request.clear();
        if let Target::Other(request) = &visit.target {
            self.request.extend_from_slice(request.as_deref().unwrap_or_default());
            return request.is_some();
        }
        self.request.extend_from_slice(visit.method.as_bytes());
        self.request.push(b' ');
        self.write_path(visit);
        let protocol: &[u8] = match (visit.agent.protocol, &visit.target) {
            // HTTP/2 has no way to put a host into the request line.
            (Protocol::Http1, _) | (_, Target::Pixel(Spelling::Absolute)) => b" HTTP/1.1",
            (Protocol::Http2, _) => b" HTTP/2.0",
        };
        self.request.extend_from_slice(protocol);
        true
    }

    /// Writes the URL of a pixel or a link.
    fn write_path(&mut self, visit: &Visit) {
        let out = &mut self.request;
        let campaign = &self.world.campaigns[usize::from(visit.campaign)];
        let name = campaign.name.as_bytes();
        let message = campaign.message_id(self.world.seed, visit.message);
        match &visit.target {
            Target::Link(link) => {
                path(out, b"/c/", name, message);
                out.push(b'/');
                out.extend_from_slice(link.as_bytes());
            }
            Target::Pixel(Spelling::Plain) => pixel(out, name, message),
            Target::Pixel(Spelling::Query) => {
                pixel(out, name, message);
                out.extend_from_slice(b"?cb=");
                push_decimal(out, visit.at.unsigned_abs());
            }
            Target::Pixel(Spelling::Encoded) => pixel(out, &encode_hyphens(name), message),
            Target::Pixel(Spelling::DoubledSlash) => {
                out.push(b'/');
                pixel(out, name, message);
            }
            Target::Pixel(Spelling::Absolute) => {
                out.extend_from_slice(b"http://t.example.com");
                pixel(out, name, message);
            }
            Target::Pixel(Spelling::Track) => {
                out.extend_from_slice(b"/track.php?id=");
                push_hex(out, message);
            }
            Target::Pixel(Spelling::TrackAmp) => {
                out.extend_from_slice(b"/track.php?src=mail&amp;id=");
                push_hex(out, message);
            }
            Target::Other(_) => {}
        }
    }

    fn push_combined(&self, out: &mut Vec<u8>, visit: &Visit, has_request: bool) {
        push_address(out, visit.address);
        out.extend_from_slice(b" - - [");
        out.extend_from_slice(&self.time);
        out.extend_from_slice(b"] \"");
        escape::for_log(out, if has_request { &self.request } else { b"-" });
        out.extend_from_slice(b"\" ");
        push_decimal(out, u64::from(visit.status));
        out.push(b' ');
        push_decimal(out, u64::from(visit.bytes));
        out.extend_from_slice(b" \"");
        escape::for_log(out, visit.referer.as_bytes());
        out.extend_from_slice(b"\" \"");
        escape::for_log(out, visit.agent.text.as_bytes());
        out.push(b'"');
    }

    /// Appends what the supplied format has beyond combined.
    fn push_more(&self, out: &mut Vec<u8>, visit: &Visit) {
        out.push(b' ');
        self.push_seconds(out, visit);
        out.push(b' ');
        self.push_request_id(out);
        for value in purpose_values(visit.purpose) {
            out.extend_from_slice(b" \"");
            out.extend_from_slice(value.as_bytes());
            out.push(b'"');
        }
        let privacy: &[u8] = match visit.privacy {
            Privacy::Silent => b" \"-\"",
            Privacy::GlobalControl => b" \"1\"",
        };
        out.extend_from_slice(privacy);
    }

    fn push_json(&self, out: &mut Vec<u8>, visit: &Visit) {
        out.extend_from_slice(b"{\"time_local\":\"");
        out.extend_from_slice(&self.time);
        out.extend_from_slice(b"\",\"remote_addr\":\"");
        push_address(out, visit.address);
        out.extend_from_slice(b"\",\"request\":\"");
        escape::for_json(out, &self.request);
        out.extend_from_slice(b"\",\"status\":\"");
        push_decimal(out, u64::from(visit.status));
        out.extend_from_slice(b"\",\"body_bytes_sent\":\"");
        push_decimal(out, u64::from(visit.bytes));
        out.extend_from_slice(b"\",\"http_referer\":\"");
        escape::for_json(out, or_empty(visit.referer));
        out.extend_from_slice(b"\",\"http_user_agent\":\"");
        escape::for_json(out, or_empty(visit.agent.text));
        out.extend_from_slice(b"\",\"msec\":\"");
        self.push_seconds(out, visit);
        out.extend_from_slice(b"\",\"request_id\":\"");
        self.push_request_id(out);
        out.extend_from_slice(b"\"}");
    }

    /// `$msec`: seconds with three decimals.
    fn push_seconds(&self, out: &mut Vec<u8>, visit: &Visit) {
        push_decimal(out, self.second.unsigned_abs());
        out.push(b'.');
        push_padded(out, visit.at.rem_euclid(1_000).unsigned_abs(), 3);
    }

    /// `$request_id`: unique, because `mix` never maps two line numbers to one value.
    fn push_request_id(&self, out: &mut Vec<u8>) {
        let left = mix(mix(self.world.seed ^ u64::from(b'r')) ^ self.lines);
        push_hex(out, left);
        push_hex(out, mix(left));
    }
}

fn pixel(out: &mut Vec<u8>, campaign: &[u8], message: u64) {
    path(out, b"/o/", campaign, message);
    out.extend_from_slice(b".gif");
}

fn path(out: &mut Vec<u8>, prefix: &[u8], campaign: &[u8], message: u64) {
    out.extend_from_slice(prefix);
    out.extend_from_slice(campaign);
    out.push(b'/');
    push_hex(out, message);
}

/// The values of Sec-Purpose, Purpose, X-Purpose and X-Moz, in the order of the format.
fn purpose_values(purpose: Purpose) -> [&'static str; 4] {
    match purpose {
        Purpose::None => ["-", "-", "-", "-"],
        Purpose::SecPrefetch => ["prefetch", "-", "-", "-"],
        Purpose::SecPrerender => ["prefetch;prerender", "-", "-", "-"],
        Purpose::Prefetch => ["-", "prefetch", "-", "-"],
        Purpose::XPreview => ["-", "-", "preview", "-"],
        Purpose::XMozPrefetch => ["-", "-", "-", "prefetch"],
    }
}

/// A header that was not sent is empty in JSON.
fn or_empty(header: &str) -> &[u8] {
    if header == "-" { b"" } else { header.as_bytes() }
}

/// `-` as `%2D`: an encoding that nginx takes back and that is legal everywhere.
fn encode_hyphens(name: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(name.len() + 8);
    for &byte in name {
        match byte {
            b'-' => encoded.extend_from_slice(b"%2D"),
            _ => encoded.push(byte),
        }
    }
    encoded
}
