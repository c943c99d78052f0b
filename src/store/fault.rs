//! What a disk refuses to a store in a file.

use std::fmt::Display;
use std::io;
use std::path::Path;

use crate::error::{Error, ErrorKind, Retry};

/// What a refusal of the system means. A path or a right that is wrong stays so until somebody mends it; all the rest may
/// pass: a full disk, too many open files, a lock that is not to be had now.
pub(super) fn unusable(path: &Path, e: &io::Error) -> Error {
    use io::ErrorKind as Why;
    match e.kind() {
        Why::StorageFull | Why::QuotaExceeded => full(path),
        Why::AlreadyExists
        | Why::CrossesDevices
        | Why::FileTooLarge
        | Why::InvalidData
        | Why::InvalidFilename
        | Why::InvalidInput
        | Why::IsADirectory
        | Why::NotADirectory
        | Why::NotFound
        | Why::PermissionDenied
        | Why::ReadOnlyFilesystem
        | Why::Unsupported => wrong(path, e),
        _ => passing(path, e),
    }
}

/// As [`unusable`], of a write: where the disk itself fails, nobody knows how much of it is there.
pub(super) fn unwritten(path: &Path, e: &io::Error) -> Error {
    /// "Input/output error", which the standard library has no name for.
    const EIO: i32 = 5;
    if cfg!(unix) && e.raw_os_error() == Some(EIO) {
        return doubtful(path, e);
    }
    unusable(path, e)
}

/// What only its owner can mend.
pub(super) fn wrong(path: &Path, why: impl Display) -> Error {
    Error::config(format!(
        "the store {} cannot be used ({why}): check the path and its rights, or name another file",
        path.display()
    ))
}

pub(super) fn full(path: &Path) -> Error {
    wait(format!(
        "the store {} has no room to grow, and nothing was written: make room on its disk",
        path.display()
    ))
}

/// What may go well at the next try.
pub(super) fn passing(path: &Path, why: impl Display) -> Error {
    wait(format!(
        "the store {} cannot be used now ({why}): try again, and look after its disk where that goes on",
        path.display()
    ))
}

/// What may have been written.
pub(super) fn doubtful(path: &Path, why: impl Display) -> Error {
    Error::new(
        ErrorKind::Unconfirmed,
        format!(
            "the disk of the store {} fails ({why}): what was being written may or may not be there, so read it before \
             you write it again",
            path.display()
        ),
    )
}

pub(super) fn wait(message: String) -> Error {
    Error::new(ErrorKind::Unavailable, message).with_retry(Retry::Later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_path_or_right_is_for_its_owner_to_mend_and_what_may_pass_is_tried_again() {
        use io::ErrorKind as Why;
        let path = Path::new("shop.tokens");
        let told = |error: Error| {
            assert!(error.message().contains("shop.tokens"), "{error}");
            (error.kind().clone(), error.retry())
        };
        for lasting in [
            Why::PermissionDenied,
            Why::NotADirectory,
            Why::IsADirectory,
            Why::ReadOnlyFilesystem,
            Why::InvalidData,
        ] {
            let error = unusable(path, &lasting.into());
            assert_eq!(told(error), (ErrorKind::Config, Retry::Never), "{lasting}");
        }
        let later = (ErrorKind::Unavailable, Retry::Later);
        for passes in [
            Why::StorageFull,
            Why::QuotaExceeded,
            Why::ResourceBusy,
            Why::OutOfMemory,
            Why::Interrupted,
            Why::Other,
        ] {
            assert_eq!(told(unusable(path, &passes.into())), later, "{passes}");
        }
        let full = unwritten(path, &Why::StorageFull.into());
        assert!(full.message().contains("make room"), "{full}");
    }

    #[cfg(unix)]
    #[test]
    fn a_disk_that_fails_leaves_a_write_in_doubt_and_a_read_to_be_tried_again() {
        let path = Path::new("shop.tokens");
        let (failing, many_files) = (5, 24);
        let read = unusable(path, &io::Error::from_raw_os_error(failing));
        assert_eq!(*read.kind(), ErrorKind::Unavailable);
        let written = unwritten(path, &io::Error::from_raw_os_error(failing));
        assert_eq!(*written.kind(), ErrorKind::Unconfirmed);
        let written = unwritten(path, &io::Error::from_raw_os_error(many_files));
        assert_eq!(*written.kind(), ErrorKind::Unavailable);
    }
}
