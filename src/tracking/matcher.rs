//! All templates of a configuration together.

use super::prefilter::Prefilter;
use super::template::{Ids, Template, TemplateError};
use super::url::Query;
use crate::model::kind::Kind;

/// The open templates that are used when the configuration has none: the supplied nginx configuration's, and the
/// URL of the classic guide.
pub const DEFAULT_OPEN: [&str; 2] = ["/o/{campaign}/{message}.gif", "/track.php?id={message}"];

/// The click template that is used when the configuration has none.
pub const DEFAULT_CLICK: [&str; 1] = ["/c/{campaign}/{message}/{link}"];

/// Tells tracking URLs from others.
#[derive(Debug)]
pub struct Matcher {
    templates: Vec<Template>,
    prefilter: Prefilter,
}

impl Matcher {
    /// Compiles the open and click templates.
    pub fn new<S: AsRef<str>>(open: &[S], click: &[S]) -> Result<Self, TemplateError> {
        let parse = |texts: &[S], kind| -> Result<Vec<_>, _> {
            texts.iter().map(|text| Template::parse(text.as_ref(), kind)).collect()
        };
        let mut templates = parse(open, Kind::Open)?;
        templates.extend(parse(click, Kind::Click)?);
        let prefilter = Prefilter::new(templates.iter().map(Template::anchor));
        Ok(Self { templates, prefilter })
    }

    /// The templates, opens first.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// The cheap test that goes before parsing.
    pub fn prefilter(&self) -> &Prefilter {
        &self.prefilter
    }

    /// The kind of a URL, where it is a tracking URL; its ids come into `ids`.
    pub fn find<'u>(&self, path: &'u [u8], query: &'u Query<'_>, ids: &mut Ids<'u>) -> Option<Kind> {
        let is_of = |template: &&Template| {
            *ids = Ids::default();
            template.read(path, query, ids)
        };
        self.templates.iter().find(is_of).map(Template::kind)
    }
}
