//! The README says what the code does: its tables are compared with the code, its commands and names with what there is.
// Helpers of tests lie outside test functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// Holds README to what the code says between two marks, or writes it there.
#[cfg(all(
    feature = "memory",
    any(feature = "bluesky", feature = "vk", feature = "x")
))]
fn holds(name: &str, table: &str) {
    // Tests run at once, and each would write back what the other has written.
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let accept = "SOCIABLE_ACCEPT=1 cargo test --features full --test readme";
    let text = readme();
    let begin = format!("<!-- {name}: from the code; {accept} writes it anew -->\n");
    let at =
        |mark: &str| (text.find(mark)).unwrap_or_else(|| panic!("README.md lacks the mark {mark}"));
    let begin = at(&begin) + begin.len();
    let end = at(&format!("<!-- /{name} -->\n"));
    let wanted = format!("\n{table}\n");
    if std::env::var_os("SOCIABLE_ACCEPT").is_some() {
        let new = format!("{}{wanted}{}", &text[..begin], &text[end..]);
        std::fs::write(root().join("README.md"), new).unwrap();
        return;
    }
    assert!(
        text[begin..end] == wanted,
        "README's table `{name}` is not what the code says: look at the difference, then run\n{accept}\n{wanted}"
    );
}

/// A table of what each of these profiles says of each operation, in the order of the trait.
#[cfg(all(
    feature = "memory",
    any(feature = "bluesky", feature = "vk", feature = "x")
))]
fn operations(profiles: &[(&str, std::sync::Arc<sociable::Profile>)]) -> String {
    use sociable::{Availability, Operation};

    let mut table = String::from("| operation |");
    profiles
        .iter()
        .for_each(|(name, _)| table.push_str(&format!(" {name} |")));
    table.push_str("\n|---|");
    profiles.iter().for_each(|_| table.push_str("---|"));
    table.push('\n');
    for operation in Operation::ALL {
        table.push_str(&format!("| `{operation}` |"));
        for (_, profile) in profiles {
            let cell = match profile.supports(operation).availability {
                Availability::Yes => "yes".to_owned(),
                Availability::No => "–".to_owned(),
                Availability::Needs(need) => format!("needs {need}"),
                Availability::Unknown => "depends on the server".to_owned(),
                other => format!("{other:?}"),
            };
            table.push_str(&format!(" {cell} |"));
        }
        table.push('\n');
    }
    table
}

/// The rows of the table under a heading, each with its cells; the head of the table is left out.
fn rows(text: &str, first_cell: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|')
            .split('|')
            .map(|c| c.trim().to_owned())
            .collect()
    };
    text.lines()
        .skip_while(|line| !line.starts_with(&format!("| {first_cell} |")))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(cells)
        .collect()
}

#[cfg(all(feature = "memory", feature = "bluesky"))]
#[test]
fn the_table_of_operations_is_what_the_code_does() {
    let registry = sociable::Registry::default();
    let profiles: Vec<_> = registry
        .networks()
        .map(|name| {
            let profile = registry.profile(name);
            (
                name,
                profile.unwrap_or_else(|| {
                    panic!("the adapter `{name}` does not describe itself to the registry")
                }),
            )
        })
        .collect();
    holds("operations", &operations(&profiles));
}

#[cfg(all(feature = "memory", feature = "vk"))]
#[test]
fn the_table_of_vks_tokens_is_what_the_code_does() {
    use sociable::SocialNetwork;
    use sociable::adapters::vk::{Vk, VkBuilder};

    let with = |builder: VkBuilder| builder.build().unwrap().profile();
    let community = || Vk::builder().community(1);
    holds(
        "vk tokens",
        &operations(&[
            (
                "community token alone",
                with(community().community_token("a")),
            ),
            ("user token alone", with(community().user_token("a"))),
            ("service token alone", with(community().service_token("a"))),
            ("a person: user token", with(Vk::builder().user_token("a"))),
        ]),
    );
}

#[cfg(all(feature = "memory", feature = "x"))]
#[test]
fn the_tables_of_xs_tokens_and_prices_are_what_the_code_does() {
    use sociable::adapters::x::{AccessToken, ConsumerKey, Tier, X, XBuilder};
    use sociable::{Operation, SocialNetwork};

    let with = |builder: XBuilder| builder.build().unwrap().profile();
    let person = || {
        X::builder()
            .consumer(ConsumerKey::new("a", "b"))
            .access_token(AccessToken::new("1-c", "d"))
    };
    let usual = with(person());
    let mut tables = operations(&[
        ("application's token alone", with(X::builder().bearer("a"))),
        (
            "user (OAuth 1.0a), self-serve",
            std::sync::Arc::clone(&usual),
        ),
        (
            "user (OAuth 1.0a), enterprise",
            with(person().tier(Tier::Enterprise)),
        ),
    ]);
    tables.push_str("\n| operation | costs at most (of listings: each thing told) |\n|---|---|\n");
    for operation in Operation::ALL {
        if let Some(price) = usual.supports(operation).price {
            tables.push_str(&format!("| `{operation}` | {price} |\n"));
        }
    }
    tables.push_str("\n| billed | one costs |\n|---|---|\n");
    for (name, price) in sociable::adapters::x::prices() {
        tables.push_str(&format!("| `{name}` | {price} |\n"));
    }
    holds("x tokens and prices", &tables);
}

/// The names of a table of Cargo.toml, and what stands behind each.
fn manifest(table: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    text.lines()
        .skip_while(|line| *line != format!("[{table}]"))
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn the_table_of_features_names_each_feature_of_the_manifest() {
    let features = manifest("features");
    let default = features
        .iter()
        .find(|(name, _)| name == "default")
        .map(|(_, list)| list.clone())
        .unwrap();
    let there: Vec<(String, bool)> = features
        .iter()
        .filter(|(name, _)| name != "default")
        .map(|(name, _)| {
            (
                format!("`{name}`"),
                default.contains(&format!("\"{name}\"")),
            )
        })
        .collect();
    let told: Vec<(String, bool)> = rows(&readme(), "feature")
        .into_iter()
        .map(|row| (row[0].clone(), row[2] == "yes"))
        .collect();
    let mut missing: Vec<_> = there.iter().filter(|f| !told.contains(f)).collect();
    missing.extend(told.iter().filter(|f| !there.contains(f)));
    assert!(
        missing.is_empty(),
        "README's table and Cargo.toml differ in {missing:?} (the second: by default)"
    );
}

#[test]
fn every_example_is_told_of_and_every_one_told_of_is_there() {
    let mut there: Vec<String> = std::fs::read_dir(root().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .filter_map(|path: PathBuf| Some(format!("`{}`", path.file_stem()?.to_str()?)))
        .collect();
    let mut told: Vec<String> = rows(&readme(), "example")
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    there.sort();
    told.sort();
    assert_eq!(told, there);
}

#[test]
fn trying_testing_and_measuring_are_one_command_each() {
    for (heading, command) in [
        ("Try it", "cargo run --example quickstart --features full"),
        ("Test it", "cargo test --features full"),
        ("Measured", "cargo bench --bench gates --features full"),
    ] {
        let text = readme();
        let section = text
            .split(&format!("\n## {heading}\n"))
            .nth(1)
            .unwrap_or_else(|| panic!("no heading {heading}"));
        let section = section.split("\n## ").next().unwrap();
        let blocks: Vec<&str> = section
            .split("```sh\n")
            .skip(1)
            .filter_map(|b| b.split("\n```").next())
            .collect();
        assert_eq!(blocks, [command], "under {heading}");
    }
}

/// What a cell of the table of figures holds.
fn figure(cell: &str) -> f64 {
    cell.parse()
        .unwrap_or_else(|_| panic!("`{cell}` is no figure"))
}

#[test]
fn every_figure_that_readme_shows_keeps_its_limit() {
    let figures = rows(&readme(), "name");
    assert!(!figures.is_empty(), "README shows no figures");
    for row in &figures {
        let [name, value, limit] = row.as_slice() else {
            panic!("a row with other cells: {row:?}");
        };
        let value = figure(value);
        let good = match limit.split_once(' ') {
            Some(("≤", most)) => value <= figure(most),
            Some(("≥", least)) => value >= figure(least),
            _ => limit == "–",
        };
        assert!(good, "{name} is out of its limit: {row:?}");
    }
    let mut names: Vec<&String> = figures.iter().map(|row| &row[0]).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), figures.len(), "a name stands twice");
}

#[test]
fn every_figure_belongs_to_a_group_that_is_explained_and_measured() {
    let text = readme();
    let told: Vec<String> = rows(&text, "group")
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    for row in rows(&text, "name") {
        let group = row[0].split('.').next().unwrap().to_owned() + "`";
        assert!(
            told.contains(&group),
            "{} is of no group that README explains",
            row[0]
        );
    }
    let bench = std::fs::read_to_string(root().join("benches/gates/main.rs")).unwrap();
    let groups = bench
        .split("const GROUPS")
        .nth(1)
        .and_then(|rest| rest.split("];").next())
        .unwrap();
    let measured: Vec<String> = groups
        .split("(\"")
        .skip(1)
        .filter_map(|rest| Some(format!("`{}`", rest.split('.').next()?)))
        .collect();
    assert!(!measured.is_empty(), "no groups in benches/gates/main.rs");
    for group in measured {
        assert!(
            told.contains(&group),
            "README does not explain {group} of benches/gates/main.rs"
        );
    }
}

#[test]
fn links_lead_to_files_that_are_there() {
    let text = readme();
    for link in text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
    {
        assert!(
            link.starts_with("https://") || root().join(link).exists(),
            "{link} is not there"
        );
    }
}
