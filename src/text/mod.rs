//! Values: length rules, rich text, splitting.

/// Stand-in until the room is merged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Text(String);
impl Text {
    /// x
    pub fn as_str(&self) -> &str { &self.0 }
}
