//! The picture in the documentation is what the example draws.
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../examples/window.rs"]
mod window;

use std::path::Path;

#[tokio::test]
async fn the_picture_in_the_documentation_is_what_the_example_draws() {
    let drawn = window::picture().await.unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/window.svg");
    let kept = std::fs::read_to_string(kept).unwrap_or_default();
    assert!(
        drawn == kept,
        "look at what changed, then run: cargo run --example window --features full -- docs/window.svg"
    );
}

#[test]
fn the_picture_loads_nothing_and_is_one_block_of_html() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/window.svg");
    let kept = std::fs::read_to_string(kept).unwrap();
    for word in ["<script", "href", "url(", "@import", "<image"] {
        assert!(!kept.contains(word), "{word} in the picture");
    }
    // A blank line would end the block within the documentation's text.
    assert!(kept.lines().all(|line| !line.trim().is_empty()));
    assert!(kept.len() < 40_000, "{} bytes", kept.len());
}
