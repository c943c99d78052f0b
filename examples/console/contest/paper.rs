//! Proofs as files: written for everybody, written for one person, checked.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use sociable::contest::draw::{Inclusion, Proof, Trust, Verified};
use sociable::{Error, Result};

use super::beacon;
use crate::console::out::Out;

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The proof; `-` reads standard input
    #[arg(value_name = "PROOF", allow_hyphen_values = true)]
    proof: PathBuf,
    /// Checks too that a person is in the list, by what `contest prove` wrote for that person
    #[arg(long, value_name = "FILE")]
    entry: Option<PathBuf>,
    /// The line of the commitment as it was published, to compare
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    line: Option<String>,
}

/// Writes a paper to a file.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text)
        .map_err(|e| Error::config(format!("{} is not written: {e}", path.display())))
}

/// Writes a paper to a file, or prints it.
pub(super) fn give(path: Option<&Path>, text: &str, out: &Out) -> Result<()> {
    match path {
        Some(path) => {
            write(path, text)?;
            out.line(json!({"ok": true, "file": path}), || {
                format!("written to {}", path.display())
            });
        }
        None => {
            let value: Value = serde_json::from_str(text).unwrap_or_default();
            out.line(value, || text.to_owned());
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    read.map_err(|e| Error::config(format!("{} cannot be read: {e}", path.display())))?;
    Ok(bytes)
}

/// Checks a proof, and an entry of it.
pub(super) fn verify(args: &VerifyArgs, chain: Option<&Path>, out: &Out) -> Result<bool> {
    let mut trust = Trust::default();
    if let Some(chain) = chain {
        trust = trust.also(beacon::read(chain)?.hash());
    }
    let bytes = read(&args.proof)?;
    let entry = args.entry.as_deref().map(read).transpose()?;
    match holds(&bytes, &trust, args.line.as_deref(), entry.as_deref()) {
        Ok((verified, place)) => {
            out.line(told(&verified, place), || for_people(&verified, place));
            Ok(true)
        }
        Err(why) => {
            out.line(json!({"ok": false, "reason": why}), || {
                format!("it does not hold: {why}")
            });
            Ok(false)
        }
    }
}

/// Where an entrant stands: his index in the list, and his place in the order.
type Standing = Option<(u32, Option<u32>)>;

fn holds(
    bytes: &[u8],
    trust: &Trust,
    line: Option<&str>,
    entry: Option<&[u8]>,
) -> Result<(Verified, Standing), String> {
    let proof = Proof::read(bytes).map_err(|fault| fault.to_string())?;
    let verified = proof.verify(trust).map_err(|fault| fault.to_string())?;
    if let (false, Some(chain)) = (verified.pinned, &verified.chain) {
        return Err(format!(
            "its randomness is of the chain {chain}, whose key may be the organiser's own: name the chain with --chain if you trust it"
        ));
    }
    if let Some(line) = line {
        let told = sociable::contest::draw::SealedLine::find_in(line);
        let same = told.is_some_and(|told| told.is_of(proof.sealed()));
        if !same {
            return Err("the published line speaks of another draw or another list".to_owned());
        }
    }
    let Some(entry) = entry else {
        return Ok((verified, None));
    };
    let inclusion: Inclusion = serde_json::from_slice(entry)
        .map_err(|e| format!("the entry is none that `contest prove` wrote: {e}"))?;
    let root = proof.sealed().root;
    inclusion.verify(&root).map_err(|fault| fault.to_string())?;
    let place = verified.place_of(inclusion.index);
    let standing = (inclusion.index, place);
    Ok((verified, Some(standing)))
}

fn told(verified: &Verified, standing: Standing) -> Value {
    let places = |places: &[sociable::contest::draw::Place]| -> Vec<Value> {
        let told = places.iter().map(|place| {
            json!({
                "place": place.place,
                "index": place.index,
                "commitment": place.commitment.to_string(),
            })
        });
        told.collect()
    };
    json!({
        "ok": true,
        "draw": verified.draw,
        "seal": verified.seal.to_string(),
        "entries": verified.entries,
        "chain": verified.chain.map(|chain| chain.to_string()),
        "drawn_at": verified.drawn_at,
        "by_fallback": verified.by_fallback,
        "by_default": verified.by_default,
        "winners": places(&verified.winners),
        "reserves": places(&verified.reserves),
        "earlier": verified.earlier,
        "entry": standing.map(|(index, place)| json!({"index": index, "place": place})),
    })
}

fn for_people(verified: &Verified, standing: Standing) -> String {
    let mut lines = vec![format!(
        "it holds: the draw {} over {} entries, {} winners and {} reserves",
        verified.draw,
        verified.entries,
        verified.winners.len(),
        verified.reserves.len()
    )];
    lines.push(format!("commitment: {}", verified.seal));
    if let Some(at) = verified.drawn_at {
        lines.push(format!(
            "look that this commitment was published before {at}: then nobody could know the outcome"
        ));
    }
    if verified.by_fallback {
        lines.push("the fallback decided: look whether the first source stayed away".to_owned());
    }
    for place in &verified.winners {
        lines.push(format!("{}. {}", place.place, place.commitment));
    }
    if let Some((index, place)) = standing {
        let place = place.map_or("no place".to_owned(), |place| format!("place {place}"));
        lines.push(format!(
            "the entry is number {index} of the list, and has {place}"
        ));
    }
    lines.join("\n")
}
