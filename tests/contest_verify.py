#!/usr/bin/env python3
"""Verifies proofs of draws, from docs/contest_proof.md alone: it shares no code with the crate that made them.

usage: contest_verify.py PROOF… [--trust CHAIN]…     CHAIN: the hash of a further chain that is trusted, 64 digits
prints a line for each, `valid …` or what is wrong with it, and ends with 0 if all are valid, else with 1.

Needs Python 3.10 or later and py_ecc for the curve: pip install py_ecc==8.0.0
"""

import argparse
import hashlib
import hmac
import json
import re
import sys

from py_ecc.bls.hash_to_curve import hash_to_G1, hash_to_G2
from py_ecc.bls.point_compression import (
    compress_G1,
    compress_G2,
    decompress_G1,
    decompress_G2,
)
from py_ecc.optimized_bls12_381 import (
    FQ12,
    G1,
    G2,
    curve_order,
    final_exponentiate,
    is_inf,
    multiply,
    neg,
    pairing,
)

QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
FIRST = "8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce"
UNCHAINED, CHAINED = "bls-unchained-g1-rfc9380", "pedersen-bls-chained"
WIDTH = 16


class Wrong(Exception):
    """What is wrong with the proof."""


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def need(good, why):
    if not good:
        raise Wrong(why)


# ---- Reading: one way of writing, and no other ----


def once(pairs):
    found = dict(pairs)
    need(len(found) == len(pairs), "unreadable: a name stands twice")
    return found


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def fields(value, *names):
    need(isinstance(value, dict), f"unreadable: an object with {names} is missing")
    need(tuple(value) == names, f"unreadable: {tuple(value)} stands where {names} should")
    return value.values()


def number(value, least, most):
    need(type(value) is int and least <= value <= most, f"unreadable: {value!r} is no number here")
    return value


def text(value):
    need(isinstance(value, str), f"unreadable: {value!r} is no text")
    return value


def digits(value, length=None):
    good = isinstance(value, str) and re.fullmatch(r"([0-9a-f]{2})*", value)
    need(good and length in (None, len(value) // 2), "unreadable: hexadecimal digits are wrong")
    return bytes.fromhex(value)


def load(path):
    with open(path, "rb") as file:
        data = file.read().removesuffix(b"\n")
    # py_ecc lets Python recurse deeper than the stack goes, which a hostile file would make use of.
    sys.setrecursionlimit(1000)
    try:
        proof = json.loads(data.decode(), object_pairs_hook=once)
        same = compact(proof) == data
    except (ValueError, RecursionError) as why:
        raise Wrong(f"unreadable: {why}") from None
    need(same, "not canonical: the file is written otherwise than a proof is")
    return proof


# ---- The list ----


def node(children):
    return sha(b"\x01", *children)


def list_hashes(entries):
    count = len(entries).to_bytes(8, "big")
    level = entries
    first = None
    while True:
        level = [node(level[at : at + WIDTH]) for at in range(0, len(level), WIDTH)]
        first = first or sha(b"\x03", count, *level)
        if len(level) == 1:
            return first, sha(b"\x02", count, level[0])


# ---- Randomness ----


def on_curve_g1(data):
    need(len(data) == 48, "wrong length of a point")
    number = int.from_bytes(data, "big")
    point = decompress_G1(number)
    need(compress_G1(point) == number, "not the one way to write a point")
    return in_group(point)


def on_curve_g2(data):
    need(len(data) == 96, "wrong length of a point")
    halves = int.from_bytes(data[:48], "big"), int.from_bytes(data[48:], "big")
    point = decompress_G2(halves)
    need(tuple(compress_G2(point)) == halves, "not the one way to write a point")
    return in_group(point)


def in_group(point):
    need(not is_inf(point), "a point at infinity")
    need(is_inf(multiply(point, curve_order)), "a point outside of the group")
    return point


def point(read, data, what):
    try:
        return read(data)
    except (ValueError, Wrong) as why:
        raise Wrong(f"beacon: the {what} is no valid point ({why})") from None


def signed(scheme, key, message, signature):
    domain = b"BLS_SIG_BLS12381G%d_XMD:SHA-256_SSWU_RO_NUL_"
    if scheme == UNCHAINED:
        key = point(on_curve_g2, key, "key")
        signature = point(on_curve_g1, signature, "signature")
        hashed = hash_to_G1(message, domain % 1, hashlib.sha256)
        both = [(G2, neg(signature)), (key, hashed)]
    else:
        key = point(on_curve_g1, key, "key")
        signature = point(on_curve_g2, signature, "signature")
        hashed = hash_to_G2(message, domain % 2, hashlib.sha256)
        both = [(signature, neg(G1)), (hashed, key)]
    product = FQ12.one()
    for one, other in both:
        product = product * pairing(one, other, final_exponentiate=False)
    return final_exponentiate(product) == FQ12.one()


def chain_hash(chain):
    scheme, name, key, period, genesis, seed = fields(
        chain, "scheme", "id", "key", "period", "genesis", "seed"
    )
    need(scheme in (UNCHAINED, CHAINED), "unreadable: no known scheme")
    name = b"" if text(name) == "default" else name.encode()
    period = number(period, 0, 2**32 - 1).to_bytes(4, "big")
    genesis = number(genesis, -(2**63), 2**63 - 1).to_bytes(8, "big", signed=True)
    return sha(period, genesis, digits(key), digits(seed, 32), name)


def from_beacon(evidence, source):
    chain, round_, signature, previous = fields(
        evidence, "chain", "round", "signature", "previous"
    )
    hash_, sealed = fields(source, "chain", "round")
    need(chain_hash(chain) == digits(hash_, 32), "chain: it is not the one that the commitment names")
    number(round_, 1, 2**64 - 1)
    need(round_ == sealed, f"round: {round_}, where the commitment names {sealed}")
    chained = chain["scheme"] == CHAINED
    need((previous is not None) == chained, "beacon: the signature before is missing, or too many")
    before = digits(previous) if chained else b""
    message = sha(before, round_.to_bytes(8, "big"))
    good = signed(chain["scheme"], digits(chain["key"]), message, digits(signature))
    need(good, "beacon: the signature is not the chain's for this round")
    return sha(digits(signature)), hash_


def from_reveals(evidence, source):
    (values,) = fields(evidence, "values")
    _, parties = fields(source, "deadline", "parties")
    need(isinstance(values, list) and len(values) == len(parties), "reveals: wrong number of them")
    joined = b""
    for value, party in zip(values, parties):
        _, commitment, default = fields(party, "name", "commitment", "default")
        if value is not None:
            revealed = sha(b"\x05", digits(value, 32)) == digits(commitment, 32)
            need(revealed, "reveals: a party committed itself to something else")
        joined += digits(default if value is None else value, 32)
    return sha(b"\x06", joined), None


HOW = {"beacon": from_beacon, "reveals": from_reveals}


def only(value):
    need(isinstance(value, dict) and len(value) == 1, "unreadable: one source is expected")
    ((kind, inner),) = value.items()
    need(kind in HOW and isinstance(inner, dict), "unreadable: an unknown source")
    return kind, inner


def decided(evidence, sealed):
    """The randomness, and the chain that it is of: of the source, or else of the fallback."""
    kind, inner = only(evidence)
    sources = [sealed["source"]]
    if sealed["fallback"] is not None:
        _, fallback = fields(sealed["fallback"], "after", "source")
        sources.append(fallback)
    first = None
    for by_fallback, source in enumerate(sources):
        named, source = only(source)
        try:
            need(named == kind, "source: the randomness is of another kind than the commitment names")
            return *HOW[kind](inner, source), bool(by_fallback)
        except Wrong as why:
            first = first or why
    raise first


# ---- All of it ----


def verify(proof, trusted):
    form, seal, sealed, rules, randomness, winners, reserves, entries = fields(
        proof, "format", "seal", "sealed", "rules", "randomness", "winners", "reserves", "entries"
    )
    need(form == "sociable-draw-proof/1", "format: unknown")
    fields(
        sealed,
        *("format", "algorithm", "draw", "rules", "list", "root", "entries", "winners", "reserves"),
        *("source", "fallback", "earlier"),
    )
    need(sealed["format"] == "sociable-draw/1", "format: unknown")
    need(sealed["algorithm"] == "hkdf-hmac-sha256-order", "format: unknown")
    need(re.fullmatch(r"[a-z0-9/_-]{1,32}", text(sealed["draw"])), "unreadable: the draw's id")
    count = number(sealed["entries"], 1, 2**32 - 1)
    wins = number(sealed["winners"], 1, 2**32 - 1)
    more = number(sealed["reserves"], 0, 2**32 - 1)
    need(sha(b"\x04", compact(sealed)) == digits(seal, 32), "seal: the commitment was changed")
    need(sha(text(rules).encode()) == digits(sealed["rules"], 32), "rules: they were changed")
    need(isinstance(entries, list), "unreadable: no list of entries")
    need(len(entries) == count, f"entries: {len(entries)}, where the commitment says {count}")
    entries = [digits(entry, 32) for entry in entries]
    for at in range(1, len(entries)):
        need(entries[at - 1] < entries[at], f"unsorted: at entry {at}")
    list_hash, root = list_hashes(entries)
    need(list_hash == digits(sealed["list"], 32), "list: an entry was changed or replaced")
    need(root == digits(sealed["root"], 32), "root: the list does not lead to it")
    value, chain, by_fallback = decided(randomness, sealed)

    secret = mac(list_hash, value)
    seed = mac(secret, b"sociable-draw/1 seed" + digits(seal) + b"\x01")
    order = sorted(range(count), key=lambda at: (mac(seed, entries[at]), entries[at]))
    need(
        winners == order[:wins] and reserves == order[wins : wins + more],
        "winners: the draw gives others",
    )
    notes = [] if chain in trusted else ["of no trusted chain"]
    notes += ["by the fallback"] * by_fallback
    return f"valid {sealed['draw']} seal={seal} entries={count} winners={len(winners)}" + "".join(
        f" ({note})" for note in notes
    )


def main():
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("proof", nargs="+")
    words.add_argument("--trust", action="append", default=[QUICKNET, FIRST], metavar="CHAIN")
    words = words.parse_args()
    wrong = 0
    for path in words.proof:
        try:
            print(verify(load(path), words.trust))
        except Wrong as why:
            print(why)
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
