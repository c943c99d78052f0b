//! What the crate adds to a program that has reqwest already: crates, work for the compiler, bytes of the program.
//!
//! Small programs are made and built one after the other, each in a fresh folder, with the versions of our lock file.
//! Both sides have the same TLS provider: rustls on ring, as is our default, and for the compiler's work rustls on
//! aws-lc too, as is reqwest's, since the provider is what most of that work goes to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::figures::{Bound, Report};

/// How many crates one adapter's tree has that reqwest's has not; this crate is one of them.
const CRATES: f64 = 10.0;
/// How many more crates VK's tree has than Bluesky's.
const VK_CRATES: f64 = 4.0;
/// How many more crates X's tree has than Bluesky's.
const X_CRATES: f64 = 8.0;
/// How many times the processor seconds of a clean release build of reqwest.
const BUILD: f64 = 1.4;
/// How many times the bytes of the same call by reqwest and serde.
const BINARY: f64 = 1.15;

/// Proportions of what is measured, and what is only told.
const FIGURES: [&str; 6] = [
    "weight.crates",
    "weight.vk.crates",
    "weight.x.crates",
    "weight.build_cpu_ratio",
    "weight.build_cpu_ratio.aws_lc",
    "weight.binary_ratio",
];

const REQWEST: &str = r#"
reqwest = { version = "0.13", default-features = false, features = ["json", "stream", "multipart", "rustls-no-provider"] }
rustls = { version = "0.23", default-features = false, features = ["ring"] }
tokio = { version = "1", features = ["rt"] }
"#;

const REQWEST_AWS_LC: &str = r#"
reqwest = { version = "0.13", default-features = false, features = ["json", "stream", "multipart", "rustls"] }
tokio = { version = "1", features = ["rt"] }
"#;

const REQWEST_AWS_LC_TREE: &str = r#"
fn main() {
    println!("{}", reqwest::Client::builder().build().is_ok());
}
"#;

/// Names what its tree holds, so that it is linked.
const REQWEST_TREE: &str = r#"
fn main() {
    let provider = rustls::crypto::ring::default_provider();
    println!("{}", provider.install_default().is_ok() && reqwest::Client::builder().build().is_ok());
}
"#;

const OURS_TREE: &str = r#"
fn main() {
    println!("{}", sociable::Client::new().is_ok());
}
"#;

/// Reads a post with every field that a `Post` of ours is made of.
const REQWEST_CALL: &str = r#"
use serde::Deserialize;

macro_rules! views {
    ($($name:ident { $($field:ident $(as $key:literal)?: $type:ty,)* })*) => {$(
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct $name { $($(#[serde(rename = $key)])? $field: $type,)* }
    )*};
}

views! {
    Posts { posts: Vec<Post>, }
    Post {
        uri: String, cid: String, author: Account, record: Record, embed: Option<View>, like_count: u64,
        repost_count: u64, reply_count: u64, quote_count: u64, bookmark_count: u64, viewer: Option<Viewer>,
    }
    Viewer { like: Option<String>, repost: Option<String>, bookmarked: Option<bool>, }
    Account { did: String, handle: String, display_name: Option<String>, avatar: Option<String>, }
    Record {
        text: String, created_at: String, facets: Vec<Facet>, langs: Vec<String>, labels: Option<Labels>,
        reply: Option<Reply>,
    }
    Labels { values: Vec<Label>, }
    Label { val: String, }
    Facet { index: Slice, features: Vec<Feature>, }
    Slice { byte_start: usize, byte_end: usize, }
    Feature { kind as "$type": String, uri: Option<String>, did: Option<String>, tag: Option<String>, }
    Reply { root: Strong, parent: Strong, }
    Strong { uri: String, cid: String, }
    View {
        kind as "$type": String, images: Vec<Image>, playlist: Option<String>, thumbnail: Option<String>,
        alt: Option<String>, aspect_ratio: Option<Ratio>, external: Option<External>, record: Option<Strong>,
        media: Option<Box<View>>,
    }
    Image { thumb: String, fullsize: String, alt: String, aspect_ratio: Option<Ratio>, }
    Ratio { width: u32, height: u32, }
    External { uri: String, title: String, description: String, thumb: Option<String>, }
}

/// Counts what was read, so that nothing of it is optimised away.
fn size(post: &Post) -> usize {
    let view = post.embed.iter().flat_map(|view| view.media.as_deref().into_iter().chain([view]));
    let seen: usize = view.map(|view| {
        let images = view.images.iter().map(|i| i.thumb.len() + i.fullsize.len() + i.alt.len()
            + i.aspect_ratio.as_ref().map_or(0, |r| (r.width + r.height) as usize));
        let card = view.external.as_ref().map_or(0, |e| e.uri.len() + e.title.len() + e.description.len()
            + e.thumb.as_ref().map_or(0, String::len));
        images.sum::<usize>() + card + view.kind.len() + view.record.as_ref().map_or(0, |r| r.uri.len() + r.cid.len())
            + [&view.playlist, &view.thumbnail, &view.alt].into_iter().flatten().map(String::len).sum::<usize>()
            + view.aspect_ratio.as_ref().map_or(0, |r| (r.width * r.height) as usize)
    }).sum();
    let record = &post.record;
    let facets = record.facets.iter().map(|f| f.index.byte_end - f.index.byte_start + f.features.iter().map(|f| {
        f.kind.len() + [&f.uri, &f.did, &f.tag].into_iter().flatten().map(String::len).sum::<usize>()
    }).sum::<usize>());
    let reply = record.reply.iter().flat_map(|r| [&r.root, &r.parent]).map(|r| r.uri.len() + r.cid.len());
    let author = &post.author;
    seen + facets.sum::<usize>() + reply.sum::<usize>() + record.text.len() + record.created_at.len()
        + record.langs.iter().map(String::len).sum::<usize>()
        + record.labels.iter().flat_map(|l| &l.values).map(|l| l.val.len()).sum::<usize>()
        + author.did.len() + author.handle.len() + post.uri.len() + post.cid.len()
        + [&author.display_name, &author.avatar].into_iter().flatten().map(String::len).sum::<usize>()
        + (post.like_count + post.repost_count + post.reply_count + post.quote_count + post.bookmark_count) as usize
        + post.viewer.as_ref().map_or(0, |v| [&v.like, &v.repost].into_iter().flatten().map(String::len).sum::<usize>()
            + usize::from(v.bookmarked == Some(true)))
}

async fn read() -> Result<Posts, reqwest::Error> {
    let client = reqwest::Client::builder().build()?;
    let token = std::env::var("TOKEN").unwrap_or_default();
    let call = client.get("https://bsky.social/xrpc/app.bsky.feed.getPosts?uris=at%3A%2F%2Fdid%3Aweb%3Aa.example%2Fapp.bsky.feed.post%2F3k2y");
    call.bearer_auth(token).send().await?.error_for_status()?.json().await
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let read = tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(read())?;
    for post in &read.posts {
        println!("{} {}", post.record.text, size(post));
    }
    Ok(())
}
"#;

const OURS_CALL: &str = r#"
use sociable::{Post, PostId, SocialNetwork, adapters::bluesky::Bluesky};

async fn read() -> sociable::Result<Post> {
    let password = std::env::var("PASSWORD").unwrap_or_default();
    let network = Bluesky::builder("https://bsky.social").identifier("alice.example").password(password).build()?;
    network.post(&PostId::new("at://did:web:a.example/app.bsky.feed.post/3k2y")).await
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let post = tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(read())?;
    println!("{} {}", post.text.as_str(), post.id);
    Ok(())
}
"#;

pub(crate) fn gates(report: &mut Report) {
    if let Err(why) = weigh(report) {
        for name in FIGURES {
            if report.wants(name) && !report.has(name) {
                report.unmeasured(name, &why);
            }
        }
    }
}

fn weigh(report: &mut Report) -> Result<(), String> {
    let place = Place::new()?;
    let home = env!("CARGO_MANIFEST_DIR");
    let serde = format!("{REQWEST}serde = {{ version = \"1\", features = [\"derive\"] }}\n");
    let ours = |network: &str, provider: &str| {
        format!(
            "sociable = {{ path = {home:?}, default-features = false, features = [\"{network}\", \"{provider}\"] }}\n\
             tokio = {{ version = \"1\", features = [\"rt\"] }}\n"
        )
    };
    let aws_lc = ours("bluesky", "rustls-aws-lc");
    let (vk, x, ours) = (
        ours("vk", "rustls-ring"),
        ours("x", "rustls-ring"),
        ours("bluesky", "rustls-ring"),
    );
    let alone = place.program("alone", REQWEST, &[("tree", REQWEST_TREE)])?;
    let bare = place.program("bare", &serde, &[("call", REQWEST_CALL)])?;
    let ours = place.program("ours", &ours, &[("tree", OURS_TREE), ("call", OURS_CALL)])?;

    let (theirs, all) = (place.crates(&alone)?, place.crates(&ours)?);
    let more: Vec<&String> = all.difference(&theirs).collect();
    println!("  more than reqwest: {more:?}");
    report.figure("weight.crates", more.len() as f64, Bound::AtMost(CRATES));

    for (name, tree, most) in [("vk", vk, VK_CRATES), ("x", x, X_CRATES)] {
        let program = place.program(name, &tree, &[("tree", OURS_TREE)])?;
        let its = place.crates(&program)?;
        let more: Vec<&String> = its.difference(&all).collect();
        println!("  more for {name} than for Bluesky: {more:?}");
        let figure = format!("weight.{name}.crates");
        report.figure(&figure, more.len() as f64, Bound::AtMost(most));
    }

    if !report.wants("weight.build") && !report.wants("weight.binary") {
        return Ok(());
    }
    // One after the other, so that both meet the machine in the same mood.
    let without = place.build(&alone, "tree", "reqwest")?;
    let with = place.build(&ours, "tree", "ours")?;
    report.figure("weight.build_cpu_seconds.reqwest", without, Bound::Free);
    report.figure("weight.build_cpu_seconds.ours", with, Bound::Free);
    report.figure(
        "weight.build_cpu_ratio",
        with / without,
        Bound::AtMost(BUILD),
    );

    let alone = place.program(
        "alone_aws_lc",
        REQWEST_AWS_LC,
        &[("tree", REQWEST_AWS_LC_TREE)],
    )?;
    let aws_lc = place.program("ours_aws_lc", &aws_lc, &[("tree", OURS_TREE)])?;
    let without = place.build(&alone, "tree", "reqwest_aws_lc")?;
    let with = place.build(&aws_lc, "tree", "ours_aws_lc")?;
    report.figure(
        "weight.build_cpu_ratio.aws_lc",
        with / without,
        Bound::AtMost(BUILD),
    );

    // The call comes on top of what is built: on reqwest's side serde's macros too, which ours holds already.
    let more = place.build(&bare, "call", "reqwest")?;
    report.figure("weight.call_cpu_seconds.reqwest", more, Bound::Free);
    let more = place.build(&ours, "call", "ours")?;
    report.figure("weight.call_cpu_seconds.ours", more, Bound::Free);
    let (without, with) = (place.bytes("reqwest")?, place.bytes("ours")?);
    report.figure("weight.binary_bytes.reqwest", without, Bound::Free);
    report.figure("weight.binary_bytes.ours", with, Bound::Free);
    report.figure("weight.binary_ratio", with / without, Bound::AtMost(BINARY));
    Ok(())
}

/// A folder for programs and what is built of them, removed at the end.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Place {
    fn new() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("sociable-weight-{}", std::process::id()));
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }

    /// A package with these programs, and the versions of our lock file.
    fn program(
        &self,
        name: &str,
        dependencies: &str,
        programs: &[(&str, &str)],
    ) -> Result<PathBuf, String> {
        let folder = self.0.join(name);
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [profile.release]\nstrip = true\n\n[dependencies]\n{}",
            dependencies.trim_start()
        );
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
        let bin = folder.join("src/bin");
        let write = || {
            fs::create_dir_all(&bin)?;
            fs::write(folder.join("Cargo.toml"), manifest)?;
            fs::copy(&lock, folder.join("Cargo.lock"))?;
            for (program, text) in programs {
                fs::write(bin.join(program).with_extension("rs"), text)?;
            }
            Ok::<_, std::io::Error>(())
        };
        write().map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(folder)
    }

    /// The crates that are compiled into a program, without itself: what runs at build time alone is not among them,
    /// macros are.
    fn crates(&self, program: &Path) -> Result<BTreeSet<String>, String> {
        let mut tree = self.cargo(program);
        tree.args(["tree", "--offline", "-e", "normal", "--prefix", "none"]);
        let itself = program.file_name().and_then(|name| name.to_str());
        let mut crates = BTreeSet::new();
        for line in run(&mut tree)?.lines() {
            let mut words = line.split_whitespace();
            if let (Some(name), Some(version)) = (words.next(), words.next())
                && Some(name) != itself
            {
                crates.insert(format!("{name} {version}"));
            }
        }
        let locked = include_str!("../../Cargo.lock");
        for known in &crates {
            let (name, version) = known.split_once(" v").unwrap_or_default();
            let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            if !locked.contains(&entry) {
                return Err(format!(
                    "{known} is not the version that our lock file names"
                ));
            }
        }
        Ok(crates)
    }

    /// Builds a program, and tells the processor seconds that it took.
    fn build(&self, program: &Path, bin: &str, target: &str) -> Result<f64, String> {
        let mut build = self.cargo(program);
        build.args(["build", "--release", "--offline", "--quiet", "--bin", bin]);
        build.env("CARGO_TARGET_DIR", self.0.join("target").join(target));
        let before = children()?;
        run(&mut build)?;
        Ok(children()? - before)
    }

    fn bytes(&self, target: &str) -> Result<f64, String> {
        let program = self.0.join("target").join(target).join("release/call");
        let program = program.with_extension(std::env::consts::EXE_EXTENSION);
        let bytes =
            fs::metadata(&program).map_err(|error| format!("{}: {error}", program.display()))?;
        Ok(bytes.len() as f64)
    }

    /// Cargo as a user runs it: settings of this build, such as a profile of its own, are not passed on.
    fn cargo(&self, program: &Path) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(program);
        for (name, _) in std::env::vars_os() {
            let word = name.to_string_lossy();
            let ours = word.starts_with("CARGO_") && word != "CARGO_HOME";
            if ours || word.starts_with("RUSTFLAGS") || word.starts_with("RUSTC_") {
                cargo.env_remove(&name);
            }
        }
        cargo
    }
}

/// What a command says.
fn run(command: &mut Command) -> Result<String, String> {
    let told = (command.output()).map_err(|error| format!("cargo does not start ({error})"))?;
    if !told.status.success() {
        let said = String::from_utf8_lossy(&told.stderr);
        return Err(format!("{command:?}: {}: {said}", told.status));
    }
    Ok(String::from_utf8_lossy(&told.stdout).into_owned())
}

/// The processor seconds of all children that have ended, and of theirs.
fn children() -> Result<f64, String> {
    /// Linux tells user programs hundredths of a second, whatever it counts itself.
    const TICKS: f64 = 100.0;
    let line = fs::read_to_string("/proc/self/stat").map_err(|error| {
        format!("this system does not tell processor time (/proc/self/stat: {error})")
    })?;
    // The name may hold blanks; the fields behind it are numbered from 3 (proc(5)): cutime is 16, cstime 17.
    let fields = line.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut fields = fields.split_whitespace().skip(13).map(str::parse::<f64>);
    match (fields.next(), fields.next()) {
        (Some(Ok(user)), Some(Ok(system))) => Ok((user + system) / TICKS),
        _ => Err(format!("unreadable: /proc/self/stat: {line}")),
    }
}
