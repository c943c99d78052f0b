//! Work on files.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
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

/// The file of this name with a suffix, in the same folder.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// A file beside this one that is there to be locked. Its folder is made where it is missing.
pub(crate) fn lock_file(path: &Path, suffix: &str) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    private()
        .create(true)
        .truncate(false)
        .write(true)
        .open(beside(path, suffix))
}

/// Puts a new file in the place of an old one: readable by its owner alone, and brought to the disk before, so that a
/// crash leaves either the old or the new.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = beside(path, NEW);
    let mut file = afresh(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    settle(&new, path)
}

/// What the name of a file that is not whole yet ends with.
pub(crate) const NEW: &str = ".new";

/// An empty file, readable by its owner alone, in the place of one that a crash may have left behind.
pub(crate) fn afresh(path: &Path) -> io::Result<File> {
    // What is left behind may have other rights than ours.
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    private().create_new(true).write(true).open(path)
}

/// Gives a file that is whole and on the disk its name.
pub(crate) fn settle(new: &Path, path: &Path) -> io::Result<()> {
    std::fs::rename(new, path)?;
    if let Some(folder) = path.parent()
        && let Ok(folder) = File::open(if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        })
    {
        // The rename itself has to reach the disk; some systems cannot sync a folder, and lose nothing by it.
        let _ = folder.sync_all();
    }
    Ok(())
}

fn private() -> OpenOptions {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}
