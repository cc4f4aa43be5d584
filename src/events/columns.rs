//! The names of all columns, as they stand in CSV, JSON and Parquet.

/// The campaign table, in its order.
pub mod campaign {
    /// The campaign's id; null where the URL has none.
    pub const CAMPAIGN: &str = "campaign";
    /// The campaign's folder in an export.
    pub const FOLDER: &str = "folder";
    /// Messages with at least one open, click or machine hit.
    pub const MESSAGES_SEEN: &str = "messages_seen";
    /// Counted pixel requests of every class.
    pub const PIXEL_HITS: &str = "pixel_hits";
    /// Counted pixel requests by machines.
    pub const MACHINE_PIXEL_HITS: &str = "machine_pixel_hits";
    /// Opens by people, after dedupe.
    pub const OPENS_HUMAN: &str = "opens_human";
    /// Opens that may be anybody's, after dedupe.
    pub const OPENS_UNKNOWN: &str = "opens_unknown";
    /// Messages with a human open.
    pub const UNIQUE_OPENS_HUMAN: &str = "unique_opens_human";
    /// Messages with unknown opens and no human one.
    pub const UNIQUE_OPENS_UNKNOWN: &str = "unique_opens_unknown";
    /// Click hits by people.
    pub const CLICKS: &str = "clicks";
    /// Messages with a human click.
    pub const UNIQUE_CLICKS: &str = "unique_clicks";
    /// Distinct links per message, clicked by people.
    pub const UNIQUE_LINK_CLICKS: &str = "unique_link_clicks";
    /// Click hits that may be anybody's.
    pub const UNKNOWN_CLICKS: &str = "unknown_clicks";
    /// Click hits by machines.
    pub const MACHINE_CLICKS: &str = "machine_clicks";
    /// Messages with a human hit on an unsubscribe link.
    pub const UNSUBSCRIBES: &str = "unsubscribes";
    /// Messages with a human click and no open.
    pub const CLICKED_ONLY: &str = "clicked_only";
    /// Messages with unknown clicks as their only non-machine hits.
    pub const UNKNOWN_CLICK_ONLY: &str = "unknown_click_only";
    /// Messages with machine hits only.
    pub const MACHINE_ONLY: &str = "machine_only";
    /// Messages with a human open or a human click.
    pub const CONFIRMED: &str = "confirmed";
    /// The first human hit.
    pub const FIRST_SEEN: &str = "first_seen";
    /// The last human hit.
    pub const LAST_SEEN: &str = "last_seen";
    /// Tracked sends: the denominator of the rates.
    pub const TRACKED: &str = "tracked";
    /// Confirmed of tracked.
    pub const OPEN_RATE_MIN: &str = "open_rate_min";
    /// Confirmed and unknown of tracked.
    pub const OPEN_RATE_MAX: &str = "open_rate_max";
    /// Tracked sends that Apple Mail Privacy Protection did not fetch.
    pub const BASE_WITHOUT_APPLE: &str = "base_without_apple";
    /// Confirmed of that base.
    pub const OPEN_RATE_WITHOUT_APPLE: &str = "open_rate_without_apple";
    /// The lower end of its Wilson interval.
    pub const OPEN_RATE_WITHOUT_APPLE_LOW: &str = "open_rate_without_apple_low";
    /// The upper end of its Wilson interval.
    pub const OPEN_RATE_WITHOUT_APPLE_HIGH: &str = "open_rate_without_apple_high";
    /// Confirmed, and an estimate for those that Apple fetched.
    pub const ESTIMATED_OPENS: &str = "estimated_opens";
    /// Messages with a human click of tracked.
    pub const CLICK_RATE: &str = "click_rate";
    /// Messages with a human click of those confirmed, without Apple's.
    pub const CLICK_TO_OPEN: &str = "click_to_open";
}

pub mod variants;

/// What reports can be by.
pub mod dimension {
    /// The campaign.
    pub const CAMPAIGN: &str = "campaign";
    /// The version of the message.
    pub const VARIANT: &str = "variant";
    /// Who sent it.
    pub const SENDER: &str = "sender";
    /// The part of the recipient's address behind the `@`.
    pub const RECIPIENT_DOMAIN: &str = "recipient_domain";
    /// The day on which it was sent.
    pub const SEND_DATE: &str = "send_date";
    /// The link.
    pub const LINK: &str = "link";
    /// The day of a hit.
    pub const DAY: &str = "day";
    /// The hour of a hit.
    pub const HOUR: &str = "hour";
    /// open or click.
    pub const KIND: &str = "kind";
    /// human, unknown or machine.
    pub const ACTOR: &str = "actor";
    /// direct, or the proxy.
    pub const VIA: &str = "via";
    /// The rule that decided.
    pub const REASON: &str = "reason";
    /// The client's name.
    pub const CLIENT: &str = "client";
    /// The client's version.
    pub const CLIENT_VERSION: &str = "client_version";
    /// What kind of client it is.
    pub const CLIENT_KIND: &str = "client_kind";
    /// The operating system.
    pub const OS: &str = "os";
    /// The kind of device.
    pub const DEVICE: &str = "device";
    /// The country.
    pub const COUNTRY: &str = "country";
    /// The region.
    pub const REGION: &str = "region";
    /// The city.
    pub const CITY: &str = "city";
    /// The autonomous system.
    pub const ASN: &str = "asn";
    /// The host whose log it was.
    pub const HOST: &str = "host";
}

/// The reasons report, in its order.
pub mod reasons {
    /// open or click.
    pub const KIND: &str = "kind";
    /// Whether the hits count.
    pub const COUNTED: &str = "counted";
    /// human, unknown or machine; null where the hits do not count.
    pub const ACTOR: &str = "actor";
    /// The rule that decided, or why the hits do not count.
    pub const REASON: &str = "reason";
    /// How many hits there are.
    pub const HITS: &str = "hits";
}

/// The reports about recipients: whom to follow up, who did not open, and what is known of each.
pub mod recipient {
    /// Who it was sent to; null where the sends do not say.
    pub const RECIPIENT: &str = "recipient";
    /// The message's id.
    pub const MESSAGE: &str = "message";
    /// The campaign's id.
    pub const CAMPAIGN: &str = "campaign";
    /// Who sent it.
    pub const SENDER: &str = "sender";
    /// The version of the message.
    pub const VARIANT: &str = "variant";
    /// When it was sent.
    pub const SENT_AT: &str = "sent_at";
    /// The first human open.
    pub const OPENED_AT: &str = "opened_at";
    /// The first human click.
    pub const CLICKED_AT: &str = "clicked_at";
    /// Opens by people.
    pub const OPENS: &str = "opens";
    /// Clicks by people.
    pub const CLICKS: &str = "clicks";
    /// The last human hit.
    pub const LAST_SEEN: &str = "last_seen";
    /// clicked, opened or cannot-tell.
    pub const CERTAINTY: &str = "certainty";
    /// Different networks of people's hits that came through no proxy.
    pub const NETWORKS: &str = "networks";
    /// perhaps-forwarded, or null.
    pub const NOTE: &str = "note";
    /// no-trace, cannot-tell or machines-only.
    pub const TRACE: &str = "trace";
    /// Tracked sends.
    pub const MESSAGES: &str = "messages";
    /// Those that are confirmed.
    pub const CONFIRMED: &str = "confirmed";
    /// Those with a human click.
    pub const CLICKED: &str = "clicked";
    /// Those that are not confirmed and have hits that may be anybody's.
    pub const CANNOT_TELL: &str = "cannot_tell";
    /// When the last of them was sent.
    pub const LAST_SENT: &str = "last_sent";
    /// The last human open or click.
    pub const LAST_ENGAGED: &str = "last_engaged";
    /// The first human open or click.
    pub const FIRST_ENGAGED: &str = "first_engaged";
    /// Campaigns with a human open or click.
    pub const ENGAGED_CAMPAIGNS: &str = "engaged_campaigns";
}

/// How fast campaigns were opened, beside earlier ones.
pub mod pace {
    /// The campaign's id.
    pub const CAMPAIGN: &str = "campaign";
    /// Who sent it.
    pub const SENDER: &str = "sender";
    /// When the first of its messages was sent.
    pub const FIRST_SENT: &str = "first_sent";
    /// Tracked sends whose time is known.
    pub const TRACKED: &str = "tracked";
    /// Messages that a person opened or clicked within 1 hour, 24 hours and 7 days.
    pub const OPENED: [&str; 3] = ["opened_1h", "opened_24h", "opened_7d"];
    /// Those of tracked; null until the last message is as old.
    pub const RATE: [&str; 3] = ["open_rate_1h", "open_rate_24h", "open_rate_7d"];
    /// The median of that rate over the same sender's earlier campaigns.
    pub const USUAL: [&str; 3] = ["usual_open_rate_1h", "usual_open_rate_24h", "usual_open_rate_7d"];
    /// How many earlier campaigns the sender has.
    pub const EARLIER: &str = "earlier_campaigns";
    /// Messages that a person opened, and seconds until a quarter, half and three quarters of these were opened.
    pub const TO_OPEN: [&str; 4] = ["time_to_open_n", "time_to_open_p25", "time_to_open_p50", "time_to_open_p75"];
    /// The same of clicks.
    pub const TO_CLICK: [&str; 4] = ["time_to_click_n", "time_to_click_p25", "time_to_click_p50", "time_to_click_p75"];
}

/// The list of rules.
pub mod rule {
    /// The place in the order in which rules are tried.
    pub const NUMBER: &str = "rule";
    /// The stable code.
    pub const REASON: &str = "reason";
    /// The verdict on pixel requests; null where the rule is not for those.
    pub const ON_PIXEL: &str = "on_pixel";
    /// The verdict on link requests; null where the rule is not for those.
    pub const ON_LINK: &str = "on_link";
    /// What the rule sees, in words.
    pub const SEES: &str = "sees";
}

/// The table of scanner networks, as its file has it.
pub mod scanner {
    /// A network or an autonomous system.
    pub const NETWORK: &str = "network";
    /// open, click or both.
    pub const SCOPE: &str = "scope";
    /// certain or probable.
    pub const CERTAINTY: &str = "certainty";
    /// Whose scanner it is; null for rows of the operator's file.
    pub const WHOSE: &str = "whose";
}

/// One event as it was judged, beside the columns of [`event`].
pub mod hit {
    /// When it was logged.
    pub const TIME: &str = "time";
    /// What looks odd about it.
    pub const SUSPICIONS: &str = "suspicions";
    /// The number of the open that it belongs to.
    pub const OPEN: &str = "open";
    /// The UTC day when it was logged.
    pub const DATE: &str = "date";
    /// Whether it counts, by all hits of its message.
    pub const FINAL_COUNTED: &str = "final_counted";
    /// human, unknown or machine, by all hits of its message; null where it does not count.
    pub const FINAL_ACTOR: &str = "final_actor";
    /// The rule that decided, by all hits of its message, or why it does not count.
    pub const FINAL_REASON: &str = "final_reason";
    /// Whether it is an earlier event again.
    pub const IS_DUPLICATE: &str = "is_duplicate";
}

/// One message as `query` shows it; counters have the names that they have in [`campaign`].
pub mod engagement {
    /// The message's id.
    pub const MESSAGE: &str = "message";
    /// Distinct links clicked by people.
    pub const LINKS: &str = "links";
    /// Whether a person followed an unsubscribe link.
    pub const UNSUBSCRIBED: &str = "unsubscribed";
    /// The group that the message is in.
    pub const SEEN: &str = "seen";
    /// When the first open by a person began.
    pub const FIRST_HUMAN_OPEN: &str = "first_human_open";
    /// The first click by a person.
    pub const FIRST_HUMAN_CLICK: &str = "first_human_click";
    /// Networks from which people came directly.
    pub const NETWORKS: &str = "networks";
    /// Whether Apple fetched the pixel by itself.
    pub const HAS_APPLE_MPP: &str = "has_apple_mpp";
    /// Seconds from sending to the first open by a person.
    pub const SECONDS_TO_OPEN: &str = "seconds_to_open";
    /// Seconds from sending to the first click by a person.
    pub const SECONDS_TO_CLICK: &str = "seconds_to_click";
}

/// The event table: what the store keeps of each hit.
pub mod event {
    /// The upper half of the event's identity.
    pub const EVENT_HI: &str = "event_hi";
    /// The lower half of the event's identity.
    pub const EVENT_LO: &str = "event_lo";
    /// The campaign's id; empty where the URL has none.
    pub const CAMPAIGN: &str = "campaign";
    /// The message's id.
    pub const MESSAGE: &str = "message";
    /// Milliseconds since 1970 UTC.
    pub const TS_MS: &str = "ts_ms";
    /// Whether milliseconds were logged.
    pub const TS_EXACT: &str = "ts_exact";
    /// open or click.
    pub const KIND: &str = "kind";
    /// The link of a click.
    pub const LINK: &str = "link";
    /// The variant, where the URL has one.
    pub const VARIANT: &str = "variant";
    /// GET, HEAD, …
    pub const METHOD: &str = "method";
    /// The server's answer.
    pub const STATUS: &str = "status";
    /// Whether the hit counts; where it does not, `reason` says why.
    pub const COUNTED: &str = "counted";
    /// human, unknown or machine.
    pub const ACTOR: &str = "actor";
    /// direct, or the proxy.
    pub const VIA: &str = "via";
    /// The rule that decided.
    pub const REASON: &str = "reason";
    /// The rule that the user agent alone decides by.
    pub const AGENT_REASON: &str = "agent_reason";
    /// What the full address said before it was cut.
    pub const NETWORK_REASON: &str = "network_reason";
    /// The version of the rule set.
    pub const RULES: &str = "rules";
    /// The address, cut to /24 or /48.
    pub const ADDRESS: &str = "address";
    /// A keyed hash of the network.
    pub const NETWORK: &str = "network";
    /// The user agent.
    pub const USER_AGENT: &str = "user_agent";
    /// The client's name.
    pub const CLIENT: &str = "client";
    /// The client's version.
    pub const CLIENT_VERSION: &str = "client_version";
    /// What kind of client it is.
    pub const CLIENT_KIND: &str = "client_kind";
    /// The operating system.
    pub const OS: &str = "os";
    /// The kind of device.
    pub const DEVICE: &str = "device";
    /// The country, from the address.
    pub const COUNTRY: &str = "country";
    /// The region.
    pub const REGION: &str = "region";
    /// The city.
    pub const CITY: &str = "city";
    /// The autonomous system's number.
    pub const ASN: &str = "asn";
    /// Whether Global Privacy Control was signalled.
    pub const GPC: &str = "gpc";
    /// The header that announced a prefetch.
    pub const PURPOSE: &str = "purpose";
    /// The URL's signature.
    pub const SIGNATURE: &str = "signature";
    /// The host whose log it was.
    pub const HOST: &str = "host";
}

/// The sends: who each message was sent to.
pub mod send {
    /// The message's id.
    pub const MESSAGE: &str = "message";
    /// The campaign's id.
    pub const CAMPAIGN: &str = "campaign";
    /// Who it was sent to.
    pub const RECIPIENT: &str = "recipient";
    /// Who sent it.
    pub const SENDER: &str = "sender";
    /// The version of the message.
    pub const VARIANT: &str = "variant";
    /// When it was sent, as a text or a time.
    pub const SENT_AT: &str = "sent_at";
    /// When it was sent, in milliseconds since 1970 UTC: what the program itself writes.
    pub const SENT_AT_MS: &str = "sent_at_ms";
    /// What became of it.
    pub const STATUS: &str = "status";
    /// Whether the recipient agreed to be tracked.
    pub const CONSENT: &str = "consent";
}
