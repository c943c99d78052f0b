//! Contests whose draw anyone can check: opened, frozen, committed to, drawn, verified.

use clap::{Args, Subcommand};
use sociable::Result;

use super::args::Common;
use super::out::Out;
use super::reach::Reach;

#[derive(Debug, Args)]
pub(crate) struct ContestArgs {
    #[command(subcommand)]
    verb: ContestVerb,
}

#[derive(Debug, Subcommand)]
enum ContestVerb {
    /// Being built
    Soon,
}

pub(crate) async fn run(
    args: &ContestArgs,
    _common: &Common,
    _reach: &Reach,
    _out: &Out,
) -> Result<bool> {
    match &args.verb {
        ContestVerb::Soon => Ok(false),
    }
}
