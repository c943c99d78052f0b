//! Draws that anyone can check: a frozen list, a commitment published before the randomness exists, an order, a proof.
//!
//! ```
//! # #[cfg(feature = "memory")]
//! # fn main() -> sociable::Result<()> {
//! use std::sync::Arc;
//! use sociable::client::SystemClock;
//! use sociable::contest::beacon::OwnChain;
//! use sociable::contest::draw::{
//!     Digest, DrawId, Evidence, MasterKey, PersonKey, Pool, Proof, Sealed, SealedLine, Source, Trust,
//! };
//!
//! // Frozen: one entry a person, hidden by a salt of his own.
//! let people = ["vk:1", "vk:2", "bluesky:did:plc:abc"].map(|key| PersonKey::new(key).unwrap());
//! let key = MasterKey::generate()?;
//! let draw = DrawId::new("summer/1")?;
//! let pool = Pool::freeze(&key, &draw, people.clone())?;
//!
//! // Published, before the round exists.
//! let chain = OwnChain::new("example", "2026-01-01T00:00:00Z".parse().unwrap(), 3, Arc::new(SystemClock::default()))?;
//! let rules = "Who likes this post takes part.";
//! let source = Source::beacon(sociable::contest::beacon::Beacon::chain(&chain), 1000);
//! let sealed = Sealed::new(&draw, &pool, Digest::of(rules.as_bytes()), 1, 1, source)?;
//! let post = SealedLine::of(&sealed).to_string();
//! assert!(post.len() <= 300);
//!
//! // Drawn, when the round is there; checked by anybody who has the file.
//! let proof = Proof::draw(&sealed, &pool, rules, Evidence::beacon(&chain.sign(1000)?))?;
//! let file = proof.to_json();
//! let verified = Proof::read(file.as_bytes())?.verify(&Trust::default())?;
//! assert!(post.parse::<SealedLine>()?.is_of(proof.sealed()));
//! assert!(!verified.pinned, "a chain of one's own is not the League of Entropy");
//!
//! // Each entrant can be shown that he is in the list.
//! let inclusion = pool.inclusion(&key, &people[0]).unwrap();
//! assert!(inclusion.verify(&sealed.root).is_ok());
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "memory"))]
//! # fn main() {}
//! ```
//!
//! What a proof shows is that nobody could choose the outcome once the commitment was published, and that the winners
//! follow from it. It does not show that the list is complete: for that entrants have their [`Inclusion`].

mod evidence;
mod fault;
pub(crate) mod hash;
pub(crate) mod hex;
mod inclusion;
mod line;
mod order;
mod person;
mod pool;
mod proof;
mod sealed;
mod source;
mod tree;
mod verify;

pub use evidence::Evidence;
pub use fault::ProofFault;
pub use hash::{Commitment, Digest, Randomness};
pub use inclusion::{Inclusion, InclusionFault};
pub use line::{SealedLine, WaitsFor};
pub use order::{Order, Seed};
pub use person::{DrawId, LONGEST_DRAW, LONGEST_PERSON, MasterKey, PersonKey, Salt};
pub use pool::{MOST_ENTRIES, Pool};
pub use proof::{PROOF_FORMAT, Proof};
pub use sealed::{ALGORITHM, Earlier, FORMAT, Sealed};
pub use source::{Fallback, MOST_PARTIES, Party, Reveal, Source};
pub use verify::{Place, Trust, Verified};
