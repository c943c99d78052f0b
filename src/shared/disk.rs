//! Work on files.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Does what may wait for the disk, on a thread where waiting hinders nobody.
///
/// Needs a tokio runtime. The work itself runs to its end, whatever becomes of the caller.
pub(crate) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let outcome = Arc::new(Mutex::new(None));
    let there = Arc::clone(&outcome);
    // Boxed, since a task is compiled anew for each type of work, and for whatever it answers.
    let work: Box<dyn FnOnce() + Send> = Box::new(move || {
        let done = work();
        *there.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
    });
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?;
    let done = outcome
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    done.unwrap_or_else(|| Err(io::Error::other("the work was not done")))
}
