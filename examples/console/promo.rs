//! What paid promotion brought, as one report.

use clap::{Args, Subcommand};
use sociable::Result;

use super::args::Common;
use super::out::Out;
use super::reach::Reach;

#[derive(Debug, Args)]
pub(crate) struct PromoArgs {
    #[command(subcommand)]
    verb: PromoVerb,
}

#[derive(Debug, Subcommand)]
enum PromoVerb {
    /// Being built
    Soon,
}

pub(crate) async fn run(
    args: &PromoArgs,
    _common: &Common,
    _reach: &Reach,
    _out: &Out,
) -> Result<bool> {
    match &args.verb {
        PromoVerb::Soon => Ok(false),
    }
}
