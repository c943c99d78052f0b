//! The embedded store's file: what is opened, what is refused, and who may read it.

use std::fs;
use std::path::{Path, PathBuf};

use sociable::store::{EmbeddedStore, JobChange, JobQuery, KeyValue, Queue};
use sociable::{Error, ErrorKind};

use crate::suite::{job, take};

/// A folder of a test, removed at its end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("sociable-stores-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What its files hold, by name.
    fn content(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files = fs::read_dir(&self.0)
            .unwrap()
            .map(|file| file.unwrap().path());
        let mut files: Vec<_> = files
            .map(|path| (path.clone(), fs::read(&path).unwrap()))
            .collect();
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The error of a file that is not opened, and that stays as it was.
async fn refused(path: &Path) -> Error {
    let before = fs::read(path).unwrap();
    let error = EmbeddedStore::open(path).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Config, "{error}");
    assert!(
        error.message().contains(&path.display().to_string()),
        "{error}"
    );
    assert!(
        fs::read(path).unwrap() == before,
        "the file was changed: {error}"
    );
    error
}

/// A store with a hundred values and a hundred jobs, closed.
async fn filled(path: &Path) {
    let store = EmbeddedStore::open(path).await.unwrap();
    for number in 0..100 {
        let name = format!("{number:03}");
        store
            .put(&name, &"value ".repeat(100), None)
            .await
            .unwrap()
            .unwrap();
        assert!(store.add(&job(&name, number)).await.unwrap());
    }
}

#[tokio::test]
async fn it_is_made_with_its_folder_and_found_again() {
    let folder = Folder::new("again");
    let path = folder.file("a folder").join("it's a.store");
    let store = EmbeddedStore::open(&path).await.unwrap();
    assert_eq!(store.path(), path);
    let version = store.put("key", "value", None).await.unwrap();
    store.add(&job("a", 3)).await.unwrap();
    let leased = store.lease(&take("w", 3, 1)).await.unwrap();
    drop(store);
    let store = EmbeddedStore::open(&path).await.unwrap();
    let found = store.get("key").await.unwrap().unwrap();
    assert_eq!(
        (found.value.as_str(), Some(found.version)),
        ("value", version)
    );
    assert_eq!(store.jobs(&JobQuery::new(9)).await.unwrap(), leased);
    // Versions go on where they were.
    let change = JobChange::new(&leased[0], "done", None);
    assert_eq!(
        store.change(&change).await.unwrap(),
        Some(leased[0].version + 1)
    );
    let shown = format!("{store:?}");
    assert!(
        shown.contains("a.store") && !shown.contains("value"),
        "{shown}"
    );
}

/// SQLite has meanings of its own for such names.
#[tokio::test]
async fn a_name_is_nothing_but_a_name() {
    let folder = Folder::new("names");
    for name in ["file:a?mode=memory", ":memory:", "a%20b", "a#b", "я.store"] {
        let path = folder.file(name);
        let store = EmbeddedStore::open(&path).await.unwrap();
        store.put("key", "value", None).await.unwrap().unwrap();
        assert!(path.is_file(), "{name}");
        let again = EmbeddedStore::open(&path).await.unwrap();
        assert!(again.get("key").await.unwrap().is_some(), "{name}");
    }
}

#[tokio::test]
async fn what_is_no_path_of_a_file_is_refused() {
    let folder = Folder::new("no-file");
    fs::write(folder.file("a file"), "text").unwrap();
    let paths = [
        PathBuf::new(),
        "/".into(),
        "..".into(),
        folder.file(""),
        folder.file("a file/store"),
    ];
    for path in paths {
        let error = EmbeddedStore::open(&path).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Config, "{path:?}: {error}");
    }
    assert_eq!(folder.content().len(), 1);
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_left_alone() {
    let folder = Folder::new("newer");
    let path = folder.file("a.store");
    filled(&path).await;
    let tool = rusqlite::Connection::open(&path).unwrap();
    tool.execute_batch("PRAGMA user_version = 2").unwrap();
    drop(tool);
    let before = folder.content();
    let error = refused(&path).await;
    assert!(error.message().contains("newer version"), "{error}");
    assert!(folder.content() == before);
}

#[tokio::test]
async fn a_file_of_another_program_is_left_alone() {
    let folder = Folder::new("foreign");
    let path = folder.file("a.store");
    let tool = rusqlite::Connection::open(&path).unwrap();
    tool.execute_batch("CREATE TABLE kept (key TEXT); INSERT INTO kept VALUES ('theirs')")
        .unwrap();
    drop(tool);
    assert!(refused(&path).await.message().contains("another program"));
    for garbage in [
        &b"{\"writes\": 1, \"values\": {}}"[..],
        b"x",
        &[0; 5000],
        &[0xff; 100_000],
    ] {
        fs::write(&path, garbage).unwrap();
        refused(&path).await;
    }
    assert_eq!(folder.content().len(), 1);
}

#[tokio::test]
async fn an_empty_file_is_no_empty_store() {
    let folder = Folder::new("empty");
    let path = folder.file("a.store");
    fs::write(&path, "").unwrap();
    assert!(refused(&path).await.message().contains("empty"));
}

/// Wherever the file was cut: all is there, or opening or reading says that something is missing.
#[tokio::test]
async fn a_file_that_was_cut_is_never_taken_for_whole() {
    let folder = Folder::new("cut");
    let path = folder.file("a.store");
    filled(&path).await;
    let whole = fs::read(&path).unwrap();
    let pages = whole.len() / 4096;
    assert!(pages > 20);
    let odd = [
        1,
        15,
        16,
        99,
        100,
        101,
        511,
        512,
        4095,
        whole.len() - 1,
        whole.len() - 100,
    ];
    for length in odd.into_iter().chain((1..pages).map(|page| page * 4096)) {
        fs::write(&path, &whole[..length]).unwrap();
        refused(&path).await;
    }
    fs::write(&path, &whole).unwrap();
    let store = EmbeddedStore::open(&path).await.unwrap();
    assert_eq!(store.list("", None, 999).await.unwrap().len(), 100);
}

/// A log whose end was lost with the power: what was written before that is there, in the order in which it was.
#[tokio::test]
async fn a_log_that_was_cut_leaves_a_beginning_without_holes() {
    let folder = Folder::new("log");
    let path = folder.file("a.store");
    let store = EmbeddedStore::open(&path).await.unwrap();
    for number in 0..60 {
        let key = format!("{number:02}");
        store.put(&key, "value", None).await.unwrap().unwrap();
    }
    let (file, log) = (
        fs::read(&path).unwrap(),
        fs::read(folder.file("a.store-wal")).unwrap(),
    );
    let (copy, copied_log) = (folder.file("copy.store"), folder.file("copy.store-wal"));
    let mut before = 0;
    for part in 0..=40 {
        fs::write(&copy, &file).unwrap();
        fs::write(&copied_log, &log[..log.len() * part / 40]).unwrap();
        let store = EmbeddedStore::open(&copy).await.unwrap();
        let listed = store.list("", None, 99).await.unwrap();
        let wanted = (0..listed.len()).map(|number| format!("{number:02}"));
        assert!(listed.iter().map(|(key, _)| key.clone()).eq(wanted));
        assert!(listed.len() >= before);
        before = listed.len();
    }
    assert_eq!(before, 60);
}

/// Whatever page is overwritten: what is answered is true, or it is an error.
#[tokio::test]
async fn a_damaged_page_is_an_error_and_no_missing_value() {
    let folder = Folder::new("damaged");
    let path = folder.file("a.store");
    filled(&path).await;
    let whole = fs::read(&path).unwrap();
    let mut refused = 0;
    for page in 0..whole.len() / 4096 {
        let mut bytes = whole.clone();
        bytes[page * 4096..][..4096].fill(0);
        fs::write(&path, &bytes).unwrap();
        let found = async {
            let store = EmbeddedStore::open(&path).await?;
            let values = store.list("", None, 999).await?.len();
            Ok::<_, Error>((values, store.jobs(&JobQuery::new(999)).await?.len()))
        };
        match found.await {
            Ok(found) => assert_eq!(found, (100, 100), "page {page}"),
            Err(error) => {
                assert_eq!(*error.kind(), ErrorKind::Config, "{error}");
                assert!(error.message().contains("put back a copy"), "{error}");
                refused += 1;
            }
        }
    }
    assert!(refused > 20, "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn its_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("rights");
    let store = EmbeddedStore::open(folder.file("a.store")).await.unwrap();
    store.put("key", "value", None).await.unwrap();
    let mut names = Vec::new();
    for (path, _) in folder.content() {
        let rights = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(rights, 0o600, "{}", path.display());
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    assert_eq!(
        names,
        ["a.store", "a.store-shm", "a.store-wal", "a.store.lock"]
    );
}

#[tokio::test]
async fn what_is_removed_stands_in_no_file_any_more() {
    let folder = Folder::new("erased");
    let holds = |text: &str| {
        let files = folder.content();
        files.iter().any(|(_, bytes)| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        })
    };
    let path = folder.file("a.store");
    let store = EmbeddedStore::open(&path).await.unwrap();
    let other = EmbeddedStore::open(&path).await.unwrap();
    for number in 0..50 {
        other
            .put(&format!("key {number}"), "something else", None)
            .await
            .unwrap();
    }
    let long = format!("{}the end of it", "a long story ".repeat(2000));
    store.put("key", "the person's words", None).await.unwrap();
    store.put("long", &long, None).await.unwrap();
    let mut job = job("the person's name", 0);
    job.value = "the person's work".into();
    store.add(&job).await.unwrap();
    other.lease(&take("w", 0, 1)).await.unwrap();
    assert!(holds("the person's words") && holds("the person's work") && holds("the end of it"));
    store.remove("key").await.unwrap();
    other.remove("long").await.unwrap();
    store.discard("the person's name").await.unwrap();
    assert!(!holds("the person's") && !holds("a long story"));
    assert_eq!(store.list("", None, 99).await.unwrap().len(), 50);
    // What is replaced is gone when the last one has closed the file.
    let version = store.put("key", "the person's words", None).await.unwrap();
    store.put("key", "erased", version).await.unwrap();
    drop((store, other));
    assert!(!holds("the person's"));
}
