//! Filling accounts, groups and pages with content: a plan becomes posts on many accounts at their times, each of them once.
