//! What paid promotion brought.
