//! The library in a person's hands: publish, read, answer and measure from a terminal.
//!
//! `cargo run --example console --features full -- --help` explains every verb. Without an accounts file it works on the
//! embedded network:
//!
//! ```sh
//! cargo run --example console --features full -- posts
//! cargo run --example console --features full -- --state world publish --text "Hello!"
//! cargo run --example console --features full -- --state world posts --json
//! cargo run --example console --features full -- --state world outbox add --at 2030-01-01T09:00:00Z --text "Happy new year!"
//! ```
//!
//! It stands on the public API alone. Exit: 0 done, 1 some or all failed, 2 wrong usage.

use std::process::ExitCode;

use console::args::Cli;
use console::out::Out;
use console::reach::{Access, Reach};
use console::{people, verbs};
use sociable::{ErrorKind, Result};

mod console {
    pub(crate) mod args;
    #[cfg(all(feature = "contest", feature = "embedded"))]
    pub(crate) mod contest;
    #[cfg(all(feature = "desk", feature = "embedded"))]
    pub(crate) mod desk;
    pub(crate) mod draft;
    #[cfg(all(
        any(
            feature = "outbox",
            feature = "desk",
            feature = "contest",
            feature = "promo",
            feature = "trends"
        ),
        feature = "embedded"
    ))]
    pub(crate) mod jobs;
    pub(crate) mod json;
    #[cfg(feature = "oauth")]
    pub(crate) mod login;
    pub(crate) mod out;
    #[cfg(all(feature = "outbox", feature = "embedded"))]
    pub(crate) mod outbox;
    pub(crate) mod people;
    #[cfg(all(feature = "promo", feature = "embedded"))]
    pub(crate) mod promo;
    pub(crate) mod reach;
    #[cfg(all(feature = "trends", feature = "embedded"))]
    pub(crate) mod trends;
    pub(crate) mod verbs;
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::read();
    let out = Out::new(cli.common.json);
    match run(&cli, &out).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            if *e.kind() == ErrorKind::Config {
                // Arguments and files that cannot work are wrong usage, whoever finds it out.
                out.remark(format!("error: {}", e.message()));
                return ExitCode::from(2);
            }
            out.remark(format!("error: {}", people::error(&e)));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli, out: &Out) -> Result<bool> {
    #[cfg(all(feature = "contest", feature = "embedded"))]
    if let console::args::Verb::Contest(contest) = &cli.verb
        && let Some(done) = contest.alone(out)
    {
        return done;
    }
    let access = if cli.verb.only_looks() {
        Access::Look
    } else {
        Access::Own
    };
    let reach = Reach::new(&cli.common, out, access).await?;
    let done = verbs::run(cli, &reach, out).await;
    // What was done before a failure is kept as well.
    reach.keep().await?;
    if cli.common.budgets || matches!(cli.verb, console::args::Verb::Budgets) {
        for budget in reach.budgets().await? {
            out.line(console::json::budget(&budget), || people::budget(&budget));
        }
        for spent in reach.spending().await?.rows {
            out.line(console::json::spent(&spent), || people::spent(&spent));
        }
    }
    done
}
