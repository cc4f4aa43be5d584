//! The names of all columns, as they stand in CSV, JSON and Parquet.

/// The campaign table, in its order.
pub mod campaign {
    /// The campaign's id; null where the URL has none.
    pub const CAMPAIGN: &str = "campaign";
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
}
