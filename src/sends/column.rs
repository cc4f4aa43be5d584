//! The columns of a sends file: which of its columns mean what.

use crate::events::columns::send as name;

/// A column that means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Column {
    /// The message's id.
    Message,
    /// The campaign's id.
    Campaign,
    /// Who it was sent to.
    Recipient,
    /// Who sent it.
    Sender,
    /// The version of the message.
    Variant,
    /// When it was sent.
    SentAt,
    /// What became of it.
    Status,
    /// Whether the recipient agreed to be tracked.
    Consent,
}

impl Column {
    /// Every column, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Message,
        Self::Campaign,
        Self::Recipient,
        Self::Sender,
        Self::Variant,
        Self::SentAt,
        Self::Status,
        Self::Consent,
    ];

    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Message => name::MESSAGE,
            Self::Campaign => name::CAMPAIGN,
            Self::Recipient => name::RECIPIENT,
            Self::Sender => name::SENDER,
            Self::Variant => name::VARIANT,
            Self::SentAt => name::SENT_AT,
            Self::Status => name::STATUS,
            Self::Consent => name::CONSENT,
        }
    }
}

/// Some of the columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColumnSet(u8);

impl ColumnSet {
    /// Whether a column is among them.
    pub fn has(self, column: Column) -> bool {
        self.0 & (1 << column as u8) != 0
    }

    /// Adds a column.
    pub fn insert(&mut self, column: Column) {
        self.0 |= 1 << column as u8;
    }

    /// Adds the columns of another set.
    pub fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// What is wrong with the names of a file's columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// There is no column `message`; the name that is most like it, where one is.
    NoMessage(Option<String>),
    /// Two columns have this name.
    Twice(Column),
}

/// Where the columns of a file stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The place of each column of [`Column::ALL`].
    pub places: [Option<usize>; Column::ALL.len()],
    /// The names of the others.
    pub ignored: Vec<String>,
}

impl Layout {
    /// Finds the columns by their names: upper or lower case, and space around them, do not matter.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str> + Clone) -> Result<Self, HeaderError> {
        let mut layout = Self::default();
        for (place, found) in names.clone().into_iter().enumerate() {
            let found = found.trim();
            match Column::ALL.into_iter().find(|column| column.name().eq_ignore_ascii_case(found)) {
                None => layout.ignored.extend((!found.is_empty()).then(|| found.to_owned())),
                Some(column) if layout.places[column as usize].is_some() => return Err(HeaderError::Twice(column)),
                Some(column) => layout.places[column as usize] = Some(place),
            }
        }
        if layout.places[Column::Message as usize].is_none() {
            return Err(HeaderError::NoMessage(nearest(names)));
        }
        Ok(layout)
    }

    /// The columns that the file has.
    pub fn columns(&self) -> ColumnSet {
        let mut columns = ColumnSet::default();
        for column in Column::ALL.into_iter().filter(|column| self.places[*column as usize].is_some()) {
            columns.insert(column);
        }
        columns
    }
}

/// The name that is most like `message`.
fn nearest<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let likeness = |found: &str| strsim::jaro_winkler(&found.trim().to_ascii_lowercase(), name::MESSAGE);
    let all = names.into_iter().map(|found| (likeness(found), found));
    let (likeness, found) = all.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (likeness > 0.8).then(|| found.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_columns_in_any_order() {
        let layout = Layout::new([" Sent_At ", "first name", "MESSAGE", "", "consent"]).expect("a layout");
        assert_eq!(layout.places, [Some(2), None, None, None, None, Some(0), None, Some(4)]);
        assert_eq!(layout.ignored, ["first name"]);
        let has = Column::ALL.map(|column| layout.columns().has(column));
        assert_eq!(has, layout.places.map(|place| place.is_some()));
    }

    #[test]
    fn needs_one_message_column() {
        let no_message = |nearest: Option<&str>| Err(HeaderError::NoMessage(nearest.map(str::to_owned)));
        assert_eq!(Layout::new(["email", "Message_ID", "campaign"]), no_message(Some("Message_ID")));
        assert_eq!(Layout::new(["email", "campaign"]), no_message(None));
        assert_eq!(Layout::new(["message", "status", " Message"]), Err(HeaderError::Twice(Column::Message)));
    }
}
