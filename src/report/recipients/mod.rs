//! The reports about recipients for people: a sentence, and a readable choice of their columns.

pub mod follow_up;
pub mod not_opened;
pub mod history;
pub mod pace;

use super::cell::Zone;
use super::sanitize::sanitize;
use super::text_table::group_digits;

/// A text for a terminal; what is missing is a dash.
fn text(text: Option<&str>) -> String {
    text.map_or_else(|| "-".to_owned(), |text| sanitize(text).into_owned())
}

fn instant(ms: Option<i64>, zone: &Zone) -> String {
    ms.map_or_else(|| "-".to_owned(), |ms| zone.format(ms, "%Y-%m-%d %H:%M"))
}

/// `1 message`, `1 200 messages`.
fn plural(n: u64, what: &str) -> String {
    format!("{} {what}{}", group_digits(n), if n == 1 { "" } else { "s" })
}

/// Says that messages are left out because their recipients unsubscribed; nothing where none are.
fn left_out(unsubscribed: u64) -> String {
    if unsubscribed == 0 {
        return String::new();
    }
    format!(" Left out, because the recipient unsubscribed: {}.", plural(unsubscribed, "message"))
}
