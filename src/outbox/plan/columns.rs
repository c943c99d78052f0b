//! The columns of a plan, and what stands in them, however the file is written.

use std::fmt;

/// A column of a sheet, or a key of a `[[post]]` table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Column {
    Key,
    Accounts,
    Time,
    Zone,
    Slot,
    Repeat,
    Until,
    Text,
    /// The text on one network, or for one account.
    Variant(String),
    Media,
    Alt,
    Link,
    Languages,
    Visibility,
    Place,
    Poll,
    PollFor,
    FirstComment,
    /// A further part of a thread; the text itself is part 1.
    Thread(usize),
    Approval,
    Labels,
    TooLate,
}

/// The columns with one name each, in the order in which they are written.
const NAMED: [(&str, Column); 20] = [
    ("key", Column::Key),
    ("accounts", Column::Accounts),
    ("time", Column::Time),
    ("zone", Column::Zone),
    ("slot", Column::Slot),
    ("repeat", Column::Repeat),
    ("until", Column::Until),
    ("text", Column::Text),
    ("media", Column::Media),
    ("alt", Column::Alt),
    ("link", Column::Link),
    ("languages", Column::Languages),
    ("visibility", Column::Visibility),
    ("place", Column::Place),
    ("poll", Column::Poll),
    ("poll_for", Column::PollFor),
    ("first_comment", Column::FirstComment),
    ("approval", Column::Approval),
    ("labels", Column::Labels),
    ("too_late", Column::TooLate),
];

impl Column {
    /// Reads a heading: in any case, with spaces or hyphens for underscores, singular or plural.
    pub(super) fn read(heading: &str) -> Option<Self> {
        let name = heading.trim().to_lowercase().replace([' ', '-'], "_");
        if let Some(variant) = name.strip_prefix("text.") {
            return (!variant.is_empty()).then(|| {
                // An account's name may have capitals and spaces.
                let own = heading.trim().get("text.".len()..).unwrap_or(variant);
                Self::Variant(own.trim().to_owned())
            });
        }
        if let Some(part) = name.strip_prefix("thread.") {
            let part = part.parse().ok()?;
            return (part >= 2).then_some(Self::Thread(part));
        }
        let same = |known: &str| known == name || known.strip_suffix('s') == Some(&name);
        NAMED
            .iter()
            .find(|(known, _)| same(known))
            .map(|(_, column)| column.clone())
    }

    /// What headings there are, for messages.
    pub(super) fn all() -> String {
        let names: Vec<&str> = NAMED.iter().map(|(name, _)| *name).collect();
        format!("{}, text.NETWORK, thread.2, thread.3 …", names.join(", "))
    }

    /// Whether it says what is published, not when, by whom or how it is planned.
    pub(super) fn is_content(&self) -> bool {
        !matches!(
            self,
            Self::Key
                | Self::Accounts
                | Self::Time
                | Self::Zone
                | Self::Slot
                | Self::Repeat
                | Self::Until
                | Self::Approval
                | Self::Labels
                | Self::TooLate
        )
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variant(name) => write!(f, "text.{name}"),
            Self::Thread(part) => write!(f, "thread.{part}"),
            one => {
                let name = NAMED.iter().find(|(_, column)| column == one);
                f.write_str(name.map_or("?", |(name, _)| name))
            }
        }
    }
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// As it is written; where a column takes several things, they are still to be cut apart.
    Text(String),
    /// Several things, as TOML writes them.
    List(Vec<String>),
}

/// A cell that is not empty.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) line: usize,
    pub(super) column: Column,
    pub(super) value: Value,
}

/// One row of a sheet, or one `[[post]]` table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) cells: Vec<Cell>,
}

impl Row {
    pub(super) fn new(line: usize) -> Self {
        Self {
            line,
            cells: Vec::new(),
        }
    }

    /// Adds a cell; an empty one is as good as none.
    pub(super) fn push(&mut self, line: usize, column: Column, value: Value) {
        let empty = match &value {
            Value::Text(text) => text.trim().is_empty(),
            Value::List(list) => list.iter().all(|item| item.trim().is_empty()),
        };
        if !empty {
            let value = match value {
                Value::Text(text) => Value::Text(unix_lines(text)),
                Value::List(list) => Value::List(list.into_iter().map(unix_lines).collect()),
            };
            self.cells.push(Cell {
                line,
                column,
                value,
            });
        }
    }

    pub(super) fn get(&self, column: &Column) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.column == *column)
    }

    /// The line of a cell, or of the row where there is no such cell.
    pub(super) fn line_of(&self, column: &Column) -> usize {
        self.get(column).map_or(self.line, |cell| cell.line)
    }
}

fn unix_lines(text: String) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    }
}

impl Value {
    /// The one thing that it is.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(list) => match list.as_slice() {
                [one] => Some(one),
                _ => None,
            },
        }
    }

    /// The things that it lists, with `|` between them; empty ones are kept, since a list may be matched with another.
    /// `\|` is a bar that parts nothing.
    pub(super) fn list(&self, also: &[char]) -> Vec<String> {
        let text = match self {
            Self::List(list) => return list.iter().map(|item| item.trim().to_owned()).collect(),
            Self::Text(text) => text,
        };
        let mut items = vec![String::new()];
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            let item = match letter {
                '\\' if letters.peek() == Some(&'|') => letters.next(),
                '|' => None,
                other if also.contains(&other) => None,
                other => Some(other),
            };
            match (item, items.last_mut()) {
                (Some(letter), Some(last)) => last.push(letter),
                _ => items.push(String::new()),
            }
        }
        items.iter().map(|item| item.trim().to_owned()).collect()
    }

    /// The things that it lists, without the empty ones.
    pub(super) fn items(&self, also: &[char]) -> Vec<String> {
        let mut items = self.list(also);
        items.retain(|item| !item.is_empty());
        items
    }

    /// As a cell of a sheet.
    pub(super) fn cell(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(list) => {
                let items: Vec<String> = list.iter().map(|i| i.replace('|', "\\|")).collect();
                items.join(" | ")
            }
        }
    }
}
