//! Contests whose draw anyone can check.
