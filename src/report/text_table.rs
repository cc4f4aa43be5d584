//! Tables for people: they fit the terminal, and numbers are aligned.

use std::borrow::Cow;
use std::io::{self, Write};

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

/// Width of what does not go to a terminal: mail, a file, a pipe.
pub(super) const WIDTH_ELSEWHERE: u16 = 80;

/// Characters of a column that may be cut which are usually shown whatever the width.
pub const LEAST_WIDTH: usize = 16;

/// Characters of addresses of usual lengths: half an address is nobody's.
pub const ADDRESS_WIDTH: usize = 40;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A column's heading, which may have two lines, and how it stands.
#[derive(Clone, Debug)]
pub struct Heading {
    /// The text.
    pub text: Cow<'static, str>,
    /// How its cells stand.
    pub align: Align,
    /// Where not all columns fit, those with the highest number are left out first; 0 always stays.
    pub leave: u8,
}

impl Heading {
    /// A column of text.
    pub const fn text(text: &'static str, leave: u8) -> Self {
        Self { text: Cow::Borrowed(text), align: Align::Left, leave }
    }

    /// A column of numbers.
    pub const fn number(text: &'static str, leave: u8) -> Self {
        Self { text: Cow::Borrowed(text), align: Align::Right, leave }
    }
}

/// A table before it is written. Its cells are safe for a terminal.
#[derive(Clone, Debug)]
pub struct TextTable {
    /// The columns.
    pub headings: Vec<Heading>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Vec<String>>,
    /// The column that is cut where the table is too wide.
    pub cut: usize,
    /// So many characters of that column are shown before others are left out for it.
    pub least: usize,
    /// Whether the last row is a sum, with a rule above it.
    pub has_total: bool,
}

impl TextTable {
    /// Writes the table; `width` is the terminal's, where there is one. Columns that do not fit are left out, and the
    /// texts of one are cut.
    pub fn write(&self, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
        let width = usize::from(width.unwrap_or(WIDTH_ELSEWHERE));
        let least = self.width_of(self.cut).min(self.least);
        let mut shown: Vec<usize> = (0..self.headings.len()).collect();
        while self.width_without_cut(&shown) + least > width {
            let leave = |at: &&usize| (self.headings[**at].leave, **at);
            let Some(last) = shown.iter().max_by_key(leave).copied().filter(|at| self.headings[*at].leave > 0) else {
                break;
            };
            shown.retain(|at| *at != last);
        }
        let cut_width = width.saturating_sub(self.width_without_cut(&shown)).max(least.min(LEAST_WIDTH));
        let mut table = Table::new();
        let rule = LineStyle::none().fill('─').junction('─');
        table.load_style(TableStyle::new().header_separator(rule)).force_no_tty();
        table.set_header(shown.iter().map(|at| self.headings[*at].text.as_ref()));
        for row in &self.rows {
            let text = |at: &usize| if *at == self.cut { cut(&row[*at], cut_width) } else { row[*at].clone() };
            table.add_row(shown.iter().map(text));
        }
        for (place, at) in shown.iter().enumerate() {
            if self.headings[*at].align == Align::Right {
                table.column_mut(place).expect("the column is shown").set_cell_alignment(CellAlignment::Right);
            }
        }
        let text = table.trim_fmt();
        if self.has_total {
            write_with_total(&text, out)
        } else {
            text.lines().try_for_each(|line| writeln!(out, "{line}"))
        }
    }

    /// The width of the widest text of a column.
    fn width_of(&self, at: usize) -> usize {
        let heading = self.headings[at].text.lines().map(text_width).max().unwrap_or(0);
        self.rows.iter().map(|row| text_width(&row[at])).max().unwrap_or(0).max(heading)
    }

    /// The width of all shown columns but the one that is cut, with the space around all of them.
    fn width_without_cut(&self, shown: &[usize]) -> usize {
        let others = shown.iter().filter(|at| **at != self.cut);
        others.map(|at| self.width_of(*at) + 3).sum::<usize>() + 2
    }
}

/// Writes the table's text with the rule under its header once more above its last row.
fn write_with_total(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let lines: Vec<&str> = text.lines().collect();
    let rule = lines.iter().find(|line| line.starts_with('─')).unwrap_or(&"");
    let (total, rest) = lines.split_last().unwrap_or((&"", &[]));
    rest.iter().chain([rule, total]).try_for_each(|line| writeln!(out, "{line}"))
}

/// The text, cut to a width on the terminal.
pub fn cut(text: &str, width: usize) -> String {
    if text_width(text) <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let fits = |c: &char| {
        let fits = char_width(*c) <= left;
        left = left.saturating_sub(char_width(*c));
        fits
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// The width of a text on a terminal.
pub fn text_width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// The width of a character on a terminal, at most: among those that count as two are a few narrow ones, which is no
/// harm, and combining ones, which have none.
fn char_width(c: char) -> usize {
    // Rules, bars and the ellipsis are ours, and narrow.
    if matches!(c, '─' | '…' | '\u{2580}'..='\u{259f}') {
        return 1;
    }
    if matches!(c, '\u{1100}'..='\u{11ff}' | '\u{2300}'..) { 2 } else { 1 }
}

/// `1234567` as `1 234 567`.
pub fn group_digits(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_digits() {
        for (n, text) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")] {
            assert_eq!(group_digits(n), text);
        }
    }

    #[test]
    fn addresses_of_usual_lengths_stay_whole() {
        let headings = vec![Heading::text("Recipient", 0), Heading::text("How sure", 0), Heading::text("Campaign", 1)];
        for (address, n) in [(30, 30), (40, 40), (60, 58)] {
            let row = vec!["a".repeat(address), "can't tell".to_owned(), "c".repeat(40)];
            let table = TextTable {
                headings: headings.clone(),
                rows: vec![row],
                cut: 0,
                least: ADDRESS_WIDTH,
                has_total: false,
            };
            let mut out = Vec::new();
            table.write(Some(80), &mut out).expect("in memory");
            let text = String::from_utf8(out).expect("UTF-8");
            assert!(text.lines().all(|line| text_width(line) <= 80), "{text}");
            assert!(text.contains(&"a".repeat(n)) && !text.contains("Campaign"), "{text}");
        }
    }

    #[test]
    fn cuts_by_width() {
        for (text, width, expected) in [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("春春", 3, "春…"), ("ab", 0, "…")]
        {
            assert_eq!(cut(text, width), expected);
        }
    }
}
