//! Log formats, compiled once from nginx's own syntax into a list of steps.

use std::fmt;

use super::escape::Escape;
use super::field::{Field, Fields};
use super::json::JsonFormat;
use super::nginx_conf::{self, ConfError};

/// nginx's predefined format.
pub const COMBINED: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;

/// What the supplied `log_format mailpixel` adds behind `combined`.
pub const MAILPIXEL_TAIL: &str =
    r#" $msec $request_id "$http_sec_purpose" "$http_purpose" "$http_x_purpose" "$http_x_moz" "$http_sec_gpc""#;

/// What the `log_format main` of nginx's own example configuration adds behind `combined`.
pub const MAIN_TAIL: &str = r#" "$http_x_forwarded_for""#;

/// Why a log format can't be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FormatError {
    /// Nothing to go by.
    #[error("the log format is empty")]
    Empty,
    /// Two variables touch.
    #[error("the log format has nothing between ${0} and ${1}: their values can't be told apart")]
    Touching(String, String),
    /// `${name` without its brace.
    #[error("the log format has `${{` without `}}`")]
    Brace,
    /// Something that hits can't do without is not logged.
    #[error("the log format has no {0}: hits need the client, the time, the request and the status")]
    Missing(&'static str),
    /// The configuration names a variable that is not logged.
    #[error("`client_ip` is {0}, and the log format has no ${0}")]
    Client(String),
    /// A name without a definition.
    #[error(
        "no log format is called {0:?}: known are combined and mailpixel; give the format as nginx writes it \
         ('$remote_addr - …'), or name the nginx.conf that defines it with --nginx-conf"
    )]
    Name(String),
    /// The file that should define the format can't be used.
    #[error(transparent)]
    Conf(#[from] ConfError),
    /// Not a `log_format` directive.
    #[error("this is no log_format directive: {0}")]
    Directive(String),
}

/// One compiled format.
#[derive(Clone, Debug)]
pub enum Format {
    /// Values between fixed text.
    Text(TextFormat),
    /// One JSON object a line.
    Json(JsonFormat),
}

/// Values between fixed text: the text before the first value, then each value with the text behind it.
#[derive(Clone, Debug)]
pub struct TextFormat {
    pub(crate) prefix: Box<[u8]>,
    pub(crate) steps: Vec<Step>,
    /// Steps that may follow; the first list that fits the rest of the line is used.
    pub(crate) tails: Vec<Tail>,
    pub(crate) escape: Escape,
}

/// Fixed text and steps behind a format that is complete without them.
#[derive(Clone, Debug)]
pub(crate) struct Tail {
    pub(crate) prefix: Box<[u8]>,
    pub(crate) steps: Vec<Step>,
}

/// One value and the fixed text behind it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Where the value goes, if anywhere.
    pub(crate) field: Option<Field>,
    /// The text that ends the value; empty: the end of the line.
    pub(crate) until: Box<[u8]>,
    /// How the end is found.
    pub(crate) end: End,
}

/// How the end of a value is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// At the first place where the text behind it stands.
    Text,
    /// At the first closing quote, which an odd number of backslashes before it would make part of the value.
    Quote,
    /// At the first place behind which a `$time_local` and this text fit: `$remote_user` is not quoted and may hold
    /// anything that is printable, even what looks like a time.
    BeforeTime(Box<[u8]>),
}

/// The formats that are read when none is named: `combined` with any known tail.
pub fn default_text(fields: &Fields) -> TextFormat {
    let with_tail = |tail: &str| {
        let parsed = parse(tail, Escape::Default, fields).expect("a built-in tail is a format");
        Tail { prefix: parsed.prefix, steps: parsed.steps }
    };
    let mut format = parse(COMBINED, Escape::Default, fields).expect("a built-in format is a format");
    format.tails = vec![with_tail(MAILPIXEL_TAIL), with_tail(MAIN_TAIL)];
    format
}

/// Compiles a format from what `--log-format` was given: the format string, the whole `log_format` directive, or a
/// name (of a built-in format, or of one that `nginx_conf` defines).
pub fn compile(given: &str, nginx_conf: Option<&std::path::Path>, fields: &Fields) -> Result<Format, FormatError> {
    let given = given.trim();
    let format = if given.starts_with("log_format") {
        compile_directive(given, given, fields)?
    } else if is_quoted(given) {
        // The parts of a directive, pasted with their quotes.
        compile_directive(&format!("log_format given {given}"), given, fields)?
    } else if given.contains('$') {
        let (escape, text) = split_escape(given);
        compile_string(text, escape, fields)?
    } else if let Some(conf) = nginx_conf {
        match nginx_conf::find_log_format(conf, given) {
            Ok(definition) => compile_definition(&definition, fields)?,
            // nginx knows `combined` without a definition.
            Err(ConfError::NotFound { .. }) if is_built_in(given) => return Ok(Format::Text(default_text(fields))),
            Err(error) => return Err(error.into()),
        }
    } else {
        match given {
            name if is_built_in(name) => return Ok(Format::Text(default_text(fields))),
            "" => return Err(FormatError::Empty),
            name => return Err(FormatError::Name(name.to_owned())),
        }
    };
    check_complete(&format, fields)?;
    Ok(format)
}

fn is_built_in(name: &str) -> bool {
    matches!(name, "combined" | "mailpixel")
}

/// Whether this is `'…' '…'`, with an `escape=…` before it or without. A double quote begins no part: formats may begin
/// with one, as in `"$request" $status`.
fn is_quoted(given: &str) -> bool {
    let text = match given.split_once(char::is_whitespace) {
        Some((word, rest)) if word.starts_with("escape=") => rest.trim_start(),
        _ => given,
    };
    text.starts_with('\'')
}

/// `escape=json {…}`: the escape and the text; nginx's default without one.
fn split_escape(given: &str) -> (Escape, &str) {
    for (word, escape) in
        [("escape=json", Escape::Json), ("escape=none", Escape::None), ("escape=default", Escape::Default)]
    {
        if let Some(rest) = given.strip_prefix(word) {
            return (escape, rest.trim_start());
        }
    }
    let looks_like_json = given.starts_with('{') && given.ends_with('}') && given.contains("\":");
    (if looks_like_json { Escape::Json } else { Escape::Default }, given)
}

/// Compiles a whole directive; `given` is what was typed, for the message.
fn compile_directive(directive: &str, given: &str, fields: &Fields) -> Result<Format, FormatError> {
    let definition = nginx_conf::parse_log_format(directive).ok_or_else(|| FormatError::Directive(given.to_owned()))?;
    compile_definition(&definition, fields)
}

fn compile_definition(definition: &nginx_conf::LogFormat, fields: &Fields) -> Result<Format, FormatError> {
    compile_string(&definition.text, definition.escape, fields)
}

fn compile_string(text: &str, escape: Escape, fields: &Fields) -> Result<Format, FormatError> {
    if escape == Escape::Json
        && text.trim_start().starts_with('{')
        && let Some(format) = JsonFormat::from_log_format(text, fields)
    {
        return Ok(Format::Json(format));
    }
    parse(text, escape, fields).map(Format::Text)
}

/// Splits a format string at its variables.
fn parse(text: &str, escape: Escape, fields: &Fields) -> Result<TextFormat, FormatError> {
    let mut parts = text.split('$');
    let prefix = parts.next().unwrap_or_default();
    let mut steps: Vec<Step> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for part in parts {
        let (name, until) = split_variable(part)?;
        if let (Some(step), Some(before)) = (steps.last(), names.last())
            && step.until.is_empty()
        {
            return Err(FormatError::Touching((*before).to_owned(), name.to_owned()));
        }
        let end = if until.starts_with('"') && escape != Escape::None { End::Quote } else { End::Text };
        steps.push(Step { field: fields.of_variable(name), until: until.as_bytes().into(), end });
        names.push(name);
    }
    for i in 1..steps.len() {
        if steps[i].field == Some(Field::TimeLocal) && steps[i - 1].end == End::Text {
            steps[i - 1].end = End::BeforeTime(steps[i].until.clone());
        }
    }
    if steps.is_empty() {
        return Err(FormatError::Empty);
    }
    Ok(TextFormat { prefix: prefix.as_bytes().into(), steps, tails: Vec::new(), escape })
}

/// `name rest` or `{name}rest`: the variable's name and the text behind it.
fn split_variable(part: &str) -> Result<(&str, &str), FormatError> {
    if let Some(braced) = part.strip_prefix('{') {
        return braced.split_once('}').ok_or(FormatError::Brace);
    }
    let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
    Ok(part.split_at(end))
}

/// Whether a format carries what a hit needs.
fn check_complete(format: &Format, fields: &Fields) -> Result<(), FormatError> {
    let has = |wanted: &[Field]| match format {
        Format::Text(text) => text.steps.iter().any(|s| s.field.is_some_and(|f| wanted.contains(&f))),
        Format::Json(json) => json.fields().any(|f| wanted.contains(&f)),
    };
    if !has(&[Field::TimeLocal, Field::TimeIso8601, Field::Msec]) {
        return Err(FormatError::Missing("$time_local, $time_iso8601 or $msec"));
    }
    if !has(&[Field::Request, Field::RequestUri, Field::Uri]) {
        return Err(FormatError::Missing("$request or $request_uri"));
    }
    if !has(&[Field::Status]) {
        return Err(FormatError::Missing("$status"));
    }
    if let Some(client) = fields.client()
        && !has(&[Field::Client])
    {
        return Err(FormatError::Client(client.to_owned()));
    }
    if !has(&[Field::RemoteAddr, Field::Client]) {
        return Err(FormatError::Missing("$remote_addr"));
    }
    Ok(())
}

impl fmt::Display for TextFormat {
    /// The shape of the format, for messages: `…` stands for each value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(&self.prefix))?;
        self.steps.iter().try_for_each(|step| write!(f, "…{}", String::from_utf8_lossy(&step.until)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(given: &str) -> FormatError {
        compile(given, None, &Fields::default()).map(|_| ()).expect_err(given)
    }

    #[test]
    fn compiles_what_nginx_writes() {
        for given in [
            "combined",
            "mailpixel",
            COMBINED,
            r#"'$remote_addr [$time_local] "$request" ' '$status "$http_user_agent"'"#,
            r#"log_format main '$remote_addr - $remote_user [$time_local] "$request" ' '$status "$http_user_agent"';"#,
            r#""$request" $status $remote_addr [$time_local]"#,
            r#"escape=json {"t":"$time_iso8601","ip":"$remote_addr","r":"$request","s":$status}"#,
            r#"escape=json '{"t":"$time_iso8601",' '"ip":"$remote_addr","r":"$request","s":"$status"}'"#,
            r#"{"t":"$msec","ip":"$remote_addr","r":"$request","s":"$status"}"#,
            r#"${remote_addr} [$time_local] "$request" $status"#,
        ] {
            compile(given, None, &Fields::default()).unwrap_or_else(|e| panic!("{given}: {e}"));
        }
    }

    #[test]
    fn refuses_what_hits_cannot_be_made_of() {
        assert_eq!(error(""), FormatError::Empty);
        assert_eq!(error("mian"), FormatError::Name("mian".to_owned()));
        assert_eq!(error("$remote_addr [$time_local] $status"), FormatError::Missing("$request or $request_uri"));
        assert_eq!(error("$request_method$uri"), FormatError::Touching("request_method".to_owned(), "uri".to_owned()));
        assert_eq!(error("${remote_addr [$time_local"), FormatError::Brace);
        let fields = Fields::with_client("http_cf_connecting_ip");
        let missing = compile(COMBINED, None, &fields).map(|_| ()).expect_err("no such variable");
        assert_eq!(missing, FormatError::Client("http_cf_connecting_ip".to_owned()));
    }
    #[test]
    fn built_in_names_need_no_definition() {
        let folder = tempfile::tempdir().expect("a folder");
        let conf = folder.path().join("nginx.conf");
        std::fs::write(&conf, "log_format main '$msec|$remote_addr|$request|$status';").expect("written");
        let shape = |name: &str| match compile(name, Some(&conf), &Fields::default()) {
            Ok(Format::Text(format)) => format.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(shape("main"), "…|…|…|…");
        assert_eq!(shape("combined"), shape("mailpixel"));
        assert!(compile("other", Some(&conf), &Fields::default()).is_err());
    }
}
