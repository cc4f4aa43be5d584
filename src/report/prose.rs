//! Sentences for people, in lines that fit the terminal.

use std::io::{self, Write};

use super::text_table::{WIDTH_ELSEWHERE, text_width};

/// Writes a text with line breaks where the terminal ends; `width` is the terminal's, where there is one.
pub fn write(text: &str, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    let width = usize::from(width.unwrap_or(WIDTH_ELSEWHERE));
    let mut line = String::new();
    for word in words(text) {
        if !line.is_empty() && text_width(&line) + 1 + text_width(word) > width {
            writeln!(out, "{line}")?;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(out, "{line}")
}

/// The words of a text. A number stays whole, and with its unit: `1 073`, `47 %`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end =
            text.match_indices(' ').map(|(at, _)| at).find(|at| !is_inside_a_number(&text[..*at], &text[at + 1..]));
        let (word, after) = end.map_or((text, None), |end| (&text[..end], Some(&text[end + 1..])));
        rest = after;
        Some(word)
    })
}

fn is_inside_a_number(before: &str, after: &str) -> bool {
    before.ends_with(|c: char| c.is_ascii_digit()) && after.starts_with(|c: char| c.is_ascii_digit() || c == '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_never_in_numbers() {
        for (width, expected) in [
            (20, "Of 1 073 messages\nthat were seen, 746\n(47 %) were opened.\n"),
            (8, "Of 1 073\nmessages\nthat\nwere\nseen,\n746\n(47 %)\nwere\nopened.\n"),
            (3, "Of\n1 073\nmessages\nthat\nwere\nseen,\n746\n(47 %)\nwere\nopened.\n"),
            (100, "Of 1 073 messages that were seen, 746 (47 %) were opened.\n"),
        ] {
            let mut out = Vec::new();
            write("Of 1 073 messages that were seen, 746 (47 %) were opened.", Some(width), &mut out)
                .expect("in memory");
            assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
        }
    }
}
