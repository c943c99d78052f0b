//! A request's body, read as far as it may go.

use std::pin::pin;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::future::poll_fn;
use http_body::Body;

/// How much memory an announcement alone is worth, in bytes.
const AT_ONCE: u64 = 16 << 10;

/// Why a body was not read.
#[derive(Debug, PartialEq)]
pub(super) enum Unread {
    /// It is longer than allowed.
    TooLong,
    /// The connection broke, or its end was not proper.
    Broken,
}

/// Reads a body of at most so many bytes. What says beforehand that it is longer is not read at all, what turns out to
/// be longer no further.
pub(super) async fn read<B: Body>(body: B, limit: usize) -> Result<Bytes, Unread> {
    let announced = body.size_hint().lower();
    if announced > limit as u64 {
        return Err(Unread::TooLong);
    }
    let mut body = pin!(body);
    let mut whole = BytesMut::with_capacity(announced.min(AT_ONCE) as usize);
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|_| Unread::Broken)?;
        // Trailers tell nothing that is asked for.
        let Ok(mut data) = frame.into_data() else {
            continue;
        };
        if data.remaining() > limit - whole.len() {
            return Err(Unread::TooLong);
        }
        while data.has_remaining() {
            let piece = data.chunk();
            whole.extend_from_slice(piece);
            let length = piece.len();
            data.advance(length);
        }
    }
    Ok(whole.freeze())
}
