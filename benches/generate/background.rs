//! Everything else that a web server hears: pages, files, crawlers, probes, and bytes that are no HTTP at all.

use crate::addresses;
use crate::agents::{Agent, DESKTOP_BROWSERS, PHONE_BROWSERS, Protocol};
use crate::people::any_of;
use crate::rng::Rng;
use crate::robots::{CRAWLERS, LIBRARIES, NO_AGENT, PROBES};
use crate::visit::Visit;

/// One request that belongs to no message.
pub(crate) fn visit(rng: &mut Rng, at: i64) -> Visit {
    match rng.below(1_000) {
        0..860 => page(rng, at),
        860..920 => crawl(rng, at),
        920..970 => probe(rng, at),
        _ => junk(rng, at),
    }
}

/// A request that somebody makes who looks for holes.
pub(crate) fn probe(rng: &mut Rng, at: i64) -> Visit {
    let path = *rng.pick(&PROBED);
    let agent = any_of(&PROBES, rng);
    let method = if rng.one_in(5) { "POST" } else { "GET" };
    let mut visit = request(rng, at, agent, method, path);
    visit.answered(if method == "POST" { 405 } else { 404 });
    visit
}

/// A request that is no request. nginx answers 400, or 408 when nothing came at all.
pub(crate) fn junk(rng: &mut Rng, at: i64) -> Visit {
    let address = addresses::benchmarking(rng);
    if rng.one_in(4) {
        let mut silent = Visit::other(at, &NO_AGENT, address, None);
        silent.answered(408);
        return silent;
    }
    if rng.one_in(8) {
        return old_protocol(rng, at);
    }
    if rng.one_in(60) {
        return long_url(rng, at);
    }
    let bytes = *rng.pick(&GARBAGE);
    let mut visit = Visit::other(at, &NO_AGENT, address, Some(bytes.to_vec()));
    visit.answered(400);
    if bytes.is_empty() {
        visit.bytes = 0;
    }
    visit
}

/// What people ask a web site for, and how often in a thousand.
static PAGES: [(&str, u32); 20] = [
    ("/", 90),
    ("/index.html", 15),
    ("/articles/", 130),
    ("/products/", 80),
    ("/search?q=", 30),
    ("/assets/app-", 180),
    ("/assets/style-", 120),
    ("/images/", 200),
    ("/fonts/inter-var.woff2", 30),
    ("/api/v1/items?page=", 50),
    ("/feed.xml", 10),
    ("/favicon.ico", 25),
    ("/robots.txt", 8),
    ("/sitemap.xml", 2),
    ("/contact", 8),
    ("/offers/", 10),
    ("/cart", 6),
    ("/apple-touch-icon.png", 3),
    ("/.well-known/security.txt", 1),
    ("/old-page", 2),
];

static REFERERS: [(&str, u32); 7] = [
    ("-", 35),
    ("https://www.example.com/", 25),
    ("https://www.example.com/articles/", 20),
    ("https://www.google.com/", 10),
    ("https://www.example.com/search?q=winter+coat&sort=price&page=2", 4),
    ("https://duckduckgo.com/", 3),
    ("android-app://com.google.android.googlequicksearchbox/", 3),
];

static PROBED: [&str; 12] = [
    "/wp-login.php",
    "/xmlrpc.php",
    "/.env",
    "/.git/config",
    "/admin/config.php",
    "/phpmyadmin/index.php",
    "/boaform/admin/formLogin",
    "/cgi-bin/luci/;stok=/locale?form=country&operation=write",
    "/cgi-bin/test.cgi?a[]=1;id|uname+-a",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/index.php?s=/Index/\\think\\app/invokefunction&function=call_user_func_array",
    "/?template=${7*7}&name=\"quoted\"",
];

/// Bytes that arrive on an open port: TLS on the plain one, other protocols, line noise.
static GARBAGE: [&[u8]; 12] = [
    b"",
    b"hello",
    b"\x16\x03\x01\x00\xEE\x01\x00\x00\xEA\x03\x03\x9A\x5C\x22\xF1\x00\x81\xD4\x7F\x20\xB3\x1E",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03\x0E\xA1\xC2\x5C\xDE\x88",
    b"\x03\x00\x00/*\xE0\x00\x00\x00\x00\x00Cookie: mstshash=Administr",
    b"\x05\x01\x00",
    b"SSH-2.0-Go",
    b"MGLNDD_192.0.2.1_80",
    b"\x00\x00\x00\x00",
    b"CONNECT mail.example.net:25 HTTP/1.1",
    b"PRI * HTTP/2.0",
    b"GET / HTTP/1.1 \xC3\xA9\xFF\"quoted\\\"",
];

fn page(rng: &mut Rng, at: i64) -> Visit {
    let stem = rng.weighted(&PAGES, |&(_, weight)| weight).0;
    let agent = if rng.one_in(2) { any_of(&PHONE_BROWSERS, rng) } else { any_of(&DESKTOP_BROWSERS, rng) };
    let path = complete(stem, rng);
    let mut visit = request(rng, at, agent, "GET", &path);
    visit.address = addresses::person(rng);
    visit.referer = rng.weighted(&REFERERS, |&(_, weight)| weight).0;
    visit.status = match rng.below(1_000) {
        0..850 => 200,
        850..930 => 304,
        930..955 => 301,
        955..980 => 404,
        980..990 => 206,
        990..996 => 499,
        996..999 => 500,
        _ => 503,
    };
    visit.bytes = if matches!(visit.status, 304 | 499) { 0 } else { 150 + rng.below(60_000) as u32 };
    visit
}

/// Finishes a path with a name or a number where it has one.
fn complete(stem: &str, rng: &mut Rng) -> String {
    match stem {
        "/articles/" => format!("{stem}{}-{}", rng.pick(&SLUGS), rng.below(5_000)),
        "/products/" | "/offers/" => format!("{stem}{}", rng.below(20_000)),
        "/search?q=" => format!("{stem}{}", rng.pick(&SLUGS).replace('-', "+")),
        "/assets/app-" => format!("{stem}{:08x}.js", rng.below(40)),
        "/assets/style-" => format!("{stem}{:08x}.css", rng.below(40)),
        "/images/" => format!("{stem}{}/{}.webp", rng.pick(&SLUGS), rng.below(900)),
        "/api/v1/items?page=" => format!("{stem}{}&per_page=50", rng.below(200)),
        _ => stem.to_owned(),
    }
}

static SLUGS: [&str; 8] = [
    "how-to-read-a-log",
    "winter-coats",
    "a-short-history-of-the-pixel",
    "release-notes",
    "crème-brûlée",
    "disk-full-again",
    "ten-quiet-keyboards",
    "open-hours",
];

fn crawl(rng: &mut Rng, at: i64) -> Visit {
    let agent = if rng.one_in(3) { any_of(&LIBRARIES, rng) } else { any_of(&CRAWLERS, rng) };
    let path = if rng.one_in(4) { "/robots.txt".to_owned() } else { complete("/articles/", rng) };
    let mut visit = request(rng, at, agent, "GET", &path);
    visit.address = addresses::googlebot(rng);
    visit.bytes = 150 + rng.below(40_000) as u32;
    visit
}

/// HTTP/0.9 names no protocol.
fn old_protocol(rng: &mut Rng, at: i64) -> Visit {
    let mut visit = Visit::other(at, &NO_AGENT, addresses::benchmarking(rng), Some(b"GET /".to_vec()));
    visit.bytes = 612;
    visit
}

/// Five thousand bytes of query, as overflow tests send them.
pub(crate) fn long_url(rng: &mut Rng, at: i64) -> Visit {
    let path = format!("/search?q={}", "A%41".repeat(1_250));
    let agent = any_of(&PROBES, rng);
    let mut visit = request(rng, at, agent, "GET", &path);
    visit.answered(404);
    visit
}

fn request(rng: &mut Rng, at: i64, agent: &'static Agent, method: &str, path: &str) -> Visit {
    let protocol = match agent.protocol {
        Protocol::Http1 => "HTTP/1.1",
        Protocol::Http2 => "HTTP/2.0",
    };
    let request = format!("{method} {path} {protocol}").into_bytes();
    Visit::other(at, agent, addresses::benchmarking(rng), Some(request))
}
