//! Stand-in until the room is merged.
#![allow(missing_docs, dead_code, clippy::all)]
use super::limits::Observation;
use http::HeaderMap;
use jiff::Timestamp;
#[derive(Clone, Debug)]
pub struct HeaderFamily;
pub struct RetryAfter;
impl RetryAfter {
    pub fn until(&self, now: Timestamp) -> Timestamp {
        now
    }
}
pub fn observe(_f: &[HeaderFamily], _h: &HeaderMap, _n: Timestamp) -> Vec<Observation> {
    Vec::new()
}
pub fn retry_after(_h: &HeaderMap, _n: Timestamp) -> Option<RetryAfter> {
    None
}
pub fn date(_h: &HeaderMap) -> Option<Timestamp> {
    None
}
pub fn request_id(_h: &HeaderMap) -> Option<String> {
    None
}
