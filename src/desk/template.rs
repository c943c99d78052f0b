//! Answers with named fields.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, Rule, Violation};

/// An answer with named fields: `Hello {name}, order {order} is on its way.` Two brackets, `{{` and `}}`, are one of the
/// text's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(String),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// `Config` where a bracket has no partner, or a field no name.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '{' | '}' if letters.peek() == Some(&letter) => {
                    letters.next();
                    plain.push(letter);
                }
                '{' => {
                    let mut closed = false;
                    let inner = letters.by_ref().take_while(|c| {
                        closed = *c == '}';
                        !closed
                    });
                    let name: String = inner.collect();
                    let fits = |c: char| c.is_alphanumeric() || c == '_';
                    if !closed || name.is_empty() || !name.chars().all(fits) {
                        return Err(Error::config(format!(
                            "the template's field `{{{name}` is none: write {{name}} with letters, digits and `_`, or `{{{{` for a bracket"
                        )));
                    }
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    pieces.push(Piece::Field(name));
                }
                '}' => {
                    return Err(Error::config(
                        "a `}` of the template has no partner: write `}}` for a bracket of the text's own",
                    ));
                }
                letter => plain.push(letter),
            }
        }
        pieces.push(Piece::Text(plain));
        Ok(Self { text, pieces })
    }

    /// The names of its fields, in order, each once.
    pub fn fields(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for piece in &self.pieces {
            if let Piece::Field(name) = piece
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        names
    }

    /// The text with its fields filled. What stands in a value is text, brackets included.
    ///
    /// # Errors
    /// `Invalid` with every field for which there is no value, or an empty one. Values that no field asks for are left
    /// aside.
    pub fn fill(&self, values: &BTreeMap<String, String>) -> Result<String> {
        let value = |name: &str| values.get(name).filter(|value| !value.trim().is_empty());
        let missing: Vec<Violation> = self
            .fields()
            .into_iter()
            .filter(|name| value(name).is_none())
            .map(|name| {
                let message = format!("the template asks for `{name}`: give it a value");
                Violation::error(Rule::Missing, format!("fields.{name}"), message)
            })
            .collect();
        if !missing.is_empty() {
            return Err(Error::invalid(missing));
        }
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Field(name) => value(name).cloned().unwrap_or_default(),
        };
        Ok(self.pieces.iter().map(piece).collect())
    }
}

impl TryFrom<String> for Template {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn fields_are_filled_and_brackets_of_values_stay() {
        let template = Template::new("{имя}, заказ {order_2} {{едет}} к {имя}").unwrap();
        assert_eq!(template.fields(), ["имя", "order_2"]);
        let filled = template.fill(&values(&[("имя", "{x}"), ("order_2", "7")]));
        assert_eq!(filled.unwrap(), "{x}, заказ 7 {едет} к {x}");
    }

    #[test]
    fn a_missing_field_is_an_error_that_names_it() {
        let template = Template::new("{name}: {order}").unwrap();
        let error = template.fill(&values(&[("order", " ")])).unwrap_err();
        let fields: Vec<&str> = error
            .violations()
            .iter()
            .map(|v| v.field.as_str())
            .collect();
        assert_eq!(fields, ["fields.name", "fields.order"]);
    }

    #[test]
    fn a_bracket_without_a_partner_is_refused() {
        for text in ["{name", "name}", "{}", "{a b}", "{a{b}"] {
            assert!(Template::new(text).is_err(), "{text}");
        }
    }
}
