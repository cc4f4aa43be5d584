//! A visit: one request as it will stand in the log, before it is text.

use std::net::IpAddr;

use crate::agents::Agent;

/// One request to the server.
pub(crate) struct Visit {
    /// Milliseconds since 1970, UTC.
    pub(crate) at: i64,
    pub(crate) address: IpAddr,
    pub(crate) agent: &'static Agent,
    /// The campaign's place in the list of campaigns.
    pub(crate) campaign: u16,
    /// The message's number in its campaign.
    pub(crate) message: u32,
    pub(crate) target: Target,
    pub(crate) method: &'static str,
    pub(crate) status: u16,
    pub(crate) bytes: u32,
    /// The page it came from; `-` is none.
    pub(crate) referer: &'static str,
    pub(crate) purpose: Purpose,
    pub(crate) privacy: Privacy,
}

/// What a visit asks for.
#[derive(Clone, PartialEq)]
pub(crate) enum Target {
    /// The pixel of a message.
    Pixel(Spelling),
    /// A link of a message, by its name.
    Link(&'static str),
    /// Anything else: the whole request as the client sent it, or nothing at all.
    Other(Option<Box<[u8]>>),
}

/// The ways in which a pixel's URL is written in real logs.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Spelling {
    /// `/o/{campaign}/{message}.gif`
    Plain,
    /// The same with a query that busts caches.
    Query,
    /// The same with characters percent-encoded that need not be.
    Encoded,
    /// The same with a doubled slash.
    DoubledSlash,
    /// The same with scheme and host, as some proxies write it.
    Absolute,
    /// `/track.php?id={message}`
    Track,
    /// The same with an `&amp;` that nobody decoded.
    TrackAmp,
}

/// The header with which a client says that nobody is looking yet.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Purpose {
    None,
    SecPrefetch,
    SecPrerender,
    Prefetch,
    XPreview,
    XMozPrefetch,
}

/// Whether the client asks not to be tracked, by Sec-GPC.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Privacy {
    Silent,
    GlobalControl,
}

impl Visit {
    /// A request that belongs to no message.
    pub(crate) fn other(at: i64, agent: &'static Agent, address: IpAddr, request: Option<Vec<u8>>) -> Visit {
        let target = Target::Other(request.map(Vec::into_boxed_slice));
        Visit { status: 200, bytes: 0, ..Visit::blank(at, agent, address, target) }
    }

    /// Sets the status, and the size that nginx then answers with.
    pub(crate) fn answered(&mut self, status: u16) -> &mut Visit {
        self.status = status;
        self.bytes = match status {
            200 | 206 if matches!(self.target, Target::Pixel(_)) => 43,
            301 => 162,
            302 => 138,
            400 | 405 => 150,
            404 => 146,
            _ => 0,
        };
        self
    }

    /// Sets the method; an answer to HEAD has no body.
    pub(crate) fn by(&mut self, method: &'static str) -> &mut Visit {
        self.method = method;
        if method == "HEAD" {
            self.bytes = 0;
        }
        self
    }

    fn blank(at: i64, agent: &'static Agent, address: IpAddr, target: Target) -> Visit {
        Visit {
            at,
            address,
            agent,
            campaign: 0,
            message: 0,
            target,
            method: "GET",
            status: 0,
            bytes: 0,
            referer: "-",
            purpose: Purpose::None,
            privacy: Privacy::Silent,
        }
    }
}

/// A message whose visits are being made.
pub(crate) struct Mail<'a> {
    pub(crate) campaign: u16,
    pub(crate) message: u32,
    pub(crate) visits: &'a mut Vec<Visit>,
}

impl Mail<'_> {
    /// A request for the pixel, answered as always.
    pub(crate) fn open(&mut self, at: i64, agent: &'static Agent, address: IpAddr) -> &mut Visit {
        self.add(Visit::blank(at, agent, address, Target::Pixel(Spelling::Plain))).answered(200)
    }

    /// A request for a link, redirected as always.
    pub(crate) fn click(&mut self, at: i64, agent: &'static Agent, address: IpAddr, link: &'static str) -> &mut Visit {
        self.add(Visit::blank(at, agent, address, Target::Link(link))).answered(302)
    }

    fn add(&mut self, visit: Visit) -> &mut Visit {
        self.visits.push(Visit { campaign: self.campaign, message: self.message, ..visit });
        let last = self.visits.len() - 1;
        &mut self.visits[last]
    }
}
