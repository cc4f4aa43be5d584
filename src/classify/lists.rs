//! The lists of names that the rules look for. Each stands in a file of its own, with what it is.

use super::client_table::ClientTable;
use super::names::NameSet;

/// Mail security products, as whole words: a phone may have `cisco` or `atp` somewhere in its agent.
pub static SCANNERS: NameSet = NameSet::new(include_str!("names/scanners.txt"));
/// Chats and social networks that fetch a page to show what is behind a link.
pub static LINK_PREVIEWS: NameSet = NameSet::new(include_str!("names/link_previews.txt"));
/// Libraries that apps on phones load images with: a person may be behind an open.
pub static APP_LIBRARIES: NameSet = NameSet::new(include_str!("names/app_libraries.txt"));
/// Libraries and headless browsers that programs fetch with.
pub static HTTP_LIBRARIES: NameSet = NameSet::new(include_str!("names/http_libraries.txt"));
/// Names that need no further sign.
pub static CRAWLERS: NameSet = NameSet::new(include_str!("names/crawlers.txt"));
/// Programs on a person's own device that give an address to ask at, as crawlers do: feed readers, podcast and
/// download programs.
pub static PERSONAL_APPS: NameSet = NameSet::new(include_str!("names/personal_apps.txt"));
/// Mail clients, and two programs that are more than that.
pub static MAIL_CLIENTS: ClientTable = ClientTable::new(include_str!("names/mail_clients.tsv"));
/// Browsers and apps.
pub static BROWSERS: ClientTable = ClientTable::new(include_str!("names/browsers.tsv"));
