//! The lines of a stream, and how long to wait before it is opened anew: without I/O.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

/// How long a line may be. A post with all that is told beside it has some ten thousand bytes.
const LONGEST: usize = 1024 * 1024;

/// After trouble with the network: so much longer each time (docs, handling disconnections).
const NETWORK_STEP: Duration = Duration::from_millis(250);
/// And no longer than this.
const NETWORK_MOST: Duration = Duration::from_secs(16);
/// After an answer that is no stream: twice as long each time, from here (docs).
const HTTP_FIRST: Duration = Duration::from_secs(5);
/// And no longer than this.
const HTTP_MOST: Duration = Duration::from_secs(320);
/// After a refusal for going too fast: twice as long each time, from here (docs).
const LIMIT_FIRST: Duration = Duration::from_secs(60);
/// And no longer than this, where the docs name no end: the length of a window.
const LIMIT_MOST: Duration = Duration::from_secs(15 * 60);

/// What came of a stream and is no whole line yet. It holds one line, and what came with its end.
#[derive(Debug, Default)]
pub(super) struct Lines {
    held: BytesMut,
    /// So far no end of a line was found.
    searched: usize,
}

/// A line is longer than any that the network sends.
#[derive(Debug, PartialEq)]
pub(super) struct TooLong;

impl Lines {
    /// Adds what came.
    pub(super) fn push(&mut self, piece: &Bytes) {
        self.held.extend_from_slice(piece);
    }

    /// The next whole line, without its end.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, TooLong> {
        let rest = self.held.get(self.searched..).unwrap_or_default();
        match rest.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                let mut line = self.held.split_to(self.searched + at + 1);
                self.searched = 0;
                let end = line.len().saturating_sub(1);
                line.truncate(end);
                if line.last() == Some(&b'\r') {
                    line.truncate(end.saturating_sub(1));
                }
                Ok(Some(line.freeze()))
            }
            None if self.held.len() > LONGEST => Err(TooLong),
            None => {
                self.searched = self.held.len();
                Ok(None)
            }
        }
    }
}

/// Why there is no stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It broke off, or there was no connection.
    Network,
    /// The answer was no stream.
    Http,
    /// The network refused to go on so fast.
    Limit,
}

/// The troubles since all was well, and how long they make us wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Backoff {
    network: u32,
    http: u32,
    limit: u32,
}

impl Backoff {
    /// How long to wait after another trouble. After the first with the network not at all.
    pub(super) fn wait(&mut self, trouble: Trouble) -> Duration {
        let doubled = |first: Duration, times: u32, most: Duration| {
            let factor = 1_u32.checked_shl(times).unwrap_or(u32::MAX);
            first.saturating_mul(factor).min(most)
        };
        let (wait, count) = match trouble {
            Trouble::Network => {
                let wait = NETWORK_STEP.saturating_mul(self.network);
                (wait.min(NETWORK_MOST), &mut self.network)
            }
            Trouble::Http => (doubled(HTTP_FIRST, self.http, HTTP_MOST), &mut self.http),
            Trouble::Limit => (
                doubled(LIMIT_FIRST, self.limit, LIMIT_MOST),
                &mut self.limit,
            ),
        };
        *count = count.saturating_add(1);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(lines: &mut Lines) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            told.push(String::from_utf8(line.to_vec()).unwrap());
        }
        told
    }

    #[test]
    fn half_a_line_is_kept_until_it_is_whole() {
        let mut lines = Lines::default();
        lines.push(&Bytes::from_static(b"{\"data\":"));
        assert!(all(&mut lines).is_empty());
        lines.push(&Bytes::from_static(b"1}\r"));
        assert!(all(&mut lines).is_empty());
        lines.push(&Bytes::from_static(b"\n\r\n\nsecond\nthi"));
        assert_eq!(all(&mut lines), ["{\"data\":1}", "", "", "second"]);
        lines.push(&Bytes::from_static(b"rd\n"));
        assert_eq!(all(&mut lines), ["third"]);
    }

    #[test]
    fn a_line_without_an_end_is_not_held_for_ever() {
        let mut lines = Lines::default();
        let piece = Bytes::from(vec![b'x'; 64 * 1024]);
        let mut pushed = 0;
        let outcome = loop {
            lines.push(&piece);
            pushed += piece.len();
            match lines.next() {
                Ok(None) if pushed < 4 * LONGEST => {}
                outcome => break outcome,
            }
        };
        assert_eq!(outcome, Err(TooLong));
        assert!(pushed <= LONGEST + piece.len());
    }

    #[test]
    fn waits_grow_as_the_docs_want() {
        let mut backoff = Backoff::default();
        let waits: Vec<u128> = (0..4)
            .map(|_| backoff.wait(Trouble::Network).as_millis())
            .collect();
        assert_eq!(waits, [0, 250, 500, 750]);
        for _ in 0..100 {
            backoff.wait(Trouble::Network);
        }
        assert_eq!(backoff.wait(Trouble::Network), NETWORK_MOST);
        let waits: Vec<u64> = (0..8)
            .map(|_| backoff.wait(Trouble::Http).as_secs())
            .collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 320]);
        let waits: Vec<u64> = (0..5)
            .map(|_| backoff.wait(Trouble::Limit).as_secs())
            .collect();
        assert_eq!(waits, [60, 120, 240, 480, 900]);
    }
}
