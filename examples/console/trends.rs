//! What begins to be spoken of, and what to make of it.

use clap::{Args, Subcommand};
use sociable::Result;

use super::args::Common;
use super::out::Out;
use super::reach::Reach;

#[derive(Debug, Args)]
pub(crate) struct TrendsArgs {
    #[command(subcommand)]
    verb: TrendsVerb,
}

#[derive(Debug, Subcommand)]
enum TrendsVerb {
    /// Being built
    Soon,
}

pub(crate) async fn run(
    args: &TrendsArgs,
    _common: &Common,
    _reach: &Reach,
    _out: &Out,
) -> Result<bool> {
    match &args.verb {
        TrendsVerb::Soon => Ok(false),
    }
}
