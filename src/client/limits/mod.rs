//! Budgets as a synchronous value.
