use bytes::Bytes;
use jiff::Timestamp;

/// A server as a state machine: a request and a moment in, an answer out.
///
/// The embedded network and the fakes of the real ones are services. A service reads no clock of its own, so that a
/// test which sets the time sees a day's window turn over at once.
pub trait Service: Send + Sync + 'static {
    /// Answers one request that arrives at `now`.
    fn answer(&self, request: &http::Request<Bytes>, now: Timestamp) -> http::Response<Bytes>;
}
