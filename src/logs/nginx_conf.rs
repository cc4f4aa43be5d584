//! Finds a `log_format` in an nginx configuration, following its `include`s.

use std::path::{Path, PathBuf};

use super::escape::Escape;

/// How deep `include`s may nest, so that a file that includes itself ends.
const MAX_DEPTH: usize = 16;

/// A `log_format` directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFormat {
    /// The name behind the directive.
    pub name: String,
    /// `escape=`
    pub escape: Escape,
    /// The format string: all its parts joined.
    pub text: String,
}

/// Why no format was found.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfError {
    /// The file can't be read.
    #[error("{path}: {error}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        error: String,
    },
    /// The file is not nginx's syntax.
    #[error("{path}:{line}: {what}")]
    Syntax {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// The files define other formats.
    #[error("{path}: no `log_format {name}` there or in its includes (found: {found})")]
    NotFound {
        /// The file.
        path: String,
        /// The format that was asked for.
        name: String,
        /// The formats that are defined.
        found: String,
    },
}

/// The `log_format` of that name in the file or in the files that it includes. Relative paths of an `include` start
/// at the folder of the first file, as they do for nginx with its standard prefix.
pub fn find_log_format(conf: &Path, name: &str) -> Result<LogFormat, ConfError> {
    let mut found = Vec::new();
    let base = conf.parent().unwrap_or(Path::new("")).to_path_buf();
    collect(conf, &base, MAX_DEPTH, &mut found)?;
    if let Some(at) = found.iter().position(|format| format.name == name) {
        return Ok(found.swap_remove(at));
    }
    let names: Vec<_> = found.iter().map(|format| format.name.as_str()).collect();
    Err(ConfError::NotFound {
        path: conf.display().to_string(),
        name: name.to_owned(),
        found: if names.is_empty() { "none".to_owned() } else { names.join(", ") },
    })
}

/// One `log_format` directive as text, with its semicolon or without.
pub fn parse_log_format(text: &str) -> Option<LogFormat> {
    let tokens = tokens(text).ok()?;
    let words: Vec<_> = tokens.into_iter().filter_map(|(_, token)| token.word()).collect();
    log_format(&words)
}

/// All formats of a file and its includes.
fn collect(path: &Path, base: &Path, depth: usize, found: &mut Vec<LogFormat>) -> Result<(), ConfError> {
    let name = path.display().to_string();
    let text = std::fs::read(path).map_err(|error| ConfError::Read { path: name.clone(), error: error.to_string() })?;
    let text = String::from_utf8_lossy(&text);
    let tokens = tokens(&text).map_err(|(line, what)| ConfError::Syntax { path: name, line, what })?;
    let mut directive: Vec<String> = Vec::new();
    for (_, token) in tokens {
        match token {
            Token::Word(word) => directive.push(word),
            Token::End => {
                let words = std::mem::take(&mut directive);
                match words.first().map(String::as_str) {
                    Some("log_format") => found.extend(log_format(&words)),
                    Some("include") if depth > 0 => {
                        for file in included(words.get(1).map_or("", String::as_str), base) {
                            collect(&file, base, depth - 1, found)?;
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    Ok(())
}

/// The files that an `include` names, in the order of their names, as nginx reads them.
fn included(pattern: &str, base: &Path) -> Vec<PathBuf> {
    let pattern = base.join(pattern);
    glob::glob(&pattern.to_string_lossy()).map(|paths| paths.flatten().collect()).unwrap_or_default()
}

/// `log_format name [escape=…] 'part' 'part'`
fn log_format(words: &[String]) -> Option<LogFormat> {
    let [directive, name, parts @ ..] = words else { return None };
    let (escape, parts) = match parts.first().map(String::as_str) {
        Some("escape=json") => (Escape::Json, &parts[1..]),
        Some("escape=none") => (Escape::None, &parts[1..]),
        Some("escape=default") => (Escape::Default, &parts[1..]),
        _ => (Escape::Default, parts),
    };
    (directive == "log_format" && !parts.is_empty()).then(|| LogFormat {
        name: name.clone(),
        escape,
        text: parts.concat(),
    })
}

enum Token {
    Word(String),
    /// `;`, `{` or `}`: a directive ends.
    End,
}

impl Token {
    fn word(self) -> Option<String> {
        match self {
            Self::Word(word) => Some(word),
            Self::End => None,
        }
    }
}

/// The words of a configuration with their lines. Errors are a line and what is wrong there.
fn tokens(text: &str) -> Result<Vec<(usize, Token)>, (usize, &'static str)> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    let mut line = 1;
    while let Some(&next) = chars.peek() {
        match next {
            '\n' => {
                line += 1;
                chars.next();
            }
            c if c.is_whitespace() => {
                chars.next();
            }
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            ';' | '{' | '}' => {
                tokens.push((line, Token::End));
                chars.next();
            }
            '\'' | '"' => {
                chars.next();
                let start = line;
                let word = quoted(&mut chars, next, &mut line).ok_or((start, "a quote is not closed"))?;
                tokens.push((start, Token::Word(word)));
            }
            _ => tokens.push((line, Token::Word(bare(&mut chars)))),
        }
    }
    Ok(tokens)
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The inside of a quoted word. nginx undoes `\"`, `\'`, `\\`, `\t`, `\r` and `\n` there, and keeps other backslashes.
fn quoted(chars: &mut Chars<'_>, quote: char, line: &mut usize) -> Option<String> {
    let mut word = String::new();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                't' => word.push('\t'),
                'r' => word.push('\r'),
                'n' => word.push('\n'),
                c @ ('"' | '\'' | '\\') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c if c == quote => return Some(word),
            c => {
                *line += usize::from(c == '\n');
                word.push(c);
            }
        }
    }
    None
}

/// A word without quotes. The braces of `${variable}` belong to it.
fn bare(chars: &mut Chars<'_>) -> String {
    let mut word = String::new();
    while let Some(c) = chars.next_if(|c| !c.is_whitespace() && *c != ';' && *c != '}' && *c != '{') {
        word.push(c);
        if c == '\\' {
            word.extend(chars.next());
        } else if c == '$' && chars.peek() == Some(&'{') {
            while let Some(c) = chars.next_if(|c| *c != '}') {
                word.push(c);
            }
            word.extend(chars.next());
        }
    }
    if word.is_empty() {
        word.extend(chars.next());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_the_parts_of_a_directive() {
        let format = parse_log_format("log_format main '$remote_addr \"$request\" '\n  \"$status\" # not this\n;");
        let format = format.expect("a format");
        assert_eq!((format.name.as_str(), format.text.as_str()), ("main", "$remote_addr \"$request\" $status"));
        let json = parse_log_format(r#"log_format j escape=json '{"a":"$status"}';"#).expect("a format");
        assert_eq!((json.escape, json.text.as_str()), (Escape::Json, r#"{"a":"$status"}"#));
        assert_eq!(parse_log_format("access_log off;"), None);
        assert_eq!(parse_log_format("log_format broken 'x"), None);
    }

    #[test]
    fn follows_includes() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        std::fs::create_dir(folder.path().join("conf.d")).expect("a folder");
        write("nginx.conf", "http {\n include conf.d/*.conf;\n map $a $b { ~^/x{2} 1; }\n}\n");
        write("conf.d/a.conf", "include a.conf; log_format one '$msec';");
        write("conf.d/b.conf", "include conf.d/b.conf;\nlog_format two '${status}x' ;");
        let conf = folder.path().join("nginx.conf");
        assert_eq!(find_log_format(&conf, "two").expect("found").text, "${status}x");
        let missing = find_log_format(&conf, "three").expect_err("not there").to_string();
        assert!(missing.contains("found: one, two"), "{missing}");
        write("conf.d/b.conf", "\n\nlog_format two 'x");
        let broken = find_log_format(&conf, "two").expect_err("broken").to_string();
        assert!(broken.ends_with("conf.d/b.conf:3: a quote is not closed"), "{broken}");
    }
}
