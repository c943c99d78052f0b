//! Values: length rules, rich text, splitting.
