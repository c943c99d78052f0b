//! Rounds of drand as they were recorded, and what is none.

use proptest::prelude::*;
use sociable::contest::beacon::{Chain, LEAD, Round, RoundFault, Scheme};
use sociable::contest::draw::{Digest, Evidence, Proof, Source, Trust};
use sociable::jiff::{SignedDuration, Timestamp};

use super::{RULES, at, hex, pool, sealed_by};

/// Round, signature and randomness of quicknet, as its relays tell them (drand's own clients test with the same ones).
const QUICKNET: [(u64, &str, &str); 2] = [
    (
        1000,
        "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
        "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    ),
    (
        657_413,
        "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b",
        "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587",
    ),
];

/// Round, signature, the one before it, and randomness of drand's first chain.
const FIRST: [(u64, &str, &str, &str); 3] = [
    (
        1,
        "8d61d9100567de44682506aea1a7a6fa6e5491cd27a0a0ed349ef6910ac5ac20ff7bc3e09d7c046566c9f7f3c6f3b10104990e7cb424998203d8f7de586fb7fa5f60045417a432684f85093b06ca91c769f0e7ca19268375e659c2a2352b4655",
        "176f93498eac9ca337150b46d21dd58673ea4e3581185f869672e59fa4cb390a",
        "101297f1ca7dc44ef6088d94ad5fb7ba03455dc33d53ddb412bbc4564ed986ec",
    ),
    (
        1000,
        "99bf96de133c3d3937293cfca10c8152b18ab2d034ccecf115658db324d2edc00a16a2044cd04a8a38e2a307e5ecff3511315be8d282079faf24098f283e0ed2c199663b334d2e84c55c032fe469b212c5c2087ebb83a5b25155c3283f5b79ac",
        "af0d93299a363735fe847f5ea241442c65843dc1bd3a7b79646b3b10072e908bf034d35cd69d378e3341f139100cd4cd03030399864ef8803a5a4f5e64fccc20bbae36d1ca22a6ddc43d2630c41105e90598fab11e5c7456df3925d4b577b113",
        "a40d3e0e7e3c71f28b7da2fd339f47f0bcf10910309f5253d7c323ec8cea3212",
    ),
    (
        3_311_596,
        "a696b9409ababce45749c3a4ec369074453dd4a79967734e1390d969c8ad8d98897d217b9121e92c8ddebbddda8d92f900e3bd6bf9deb166863b1a19390d743f82774001487594c5c09e581db7365f02b70a2c8cc41ce32446ef08e4890c4754",
        "8ed588f2a7716fb1349e2d9803da5db0005e98a83783c353d4a08f183236a9ad91d70ddb01266f4b7c576983db464b430e65680b9e0098552758afd6c1e6afcb77e3f62fe1b93d42d1cb63abbb2205512fe12fbf74ea9c5ac3b8f5c1e283a1d8",
        "647c07b2abbf7ff2afb4d670214f565e5cd9f9c91bfdcecb59a21f3c78d73920",
    ),
];

fn fault(chain: &Chain, number: u64, signature: &[u8], previous: Option<&[u8]>) -> RoundFault {
    Round::verified(chain, number, signature, previous).unwrap_err()
}

#[test]
fn recorded_rounds_of_the_real_chains_are_verified() {
    for (number, signature, randomness) in QUICKNET {
        let round = Round::verified(&Chain::quicknet(), number, &hex(signature), None).unwrap();
        assert_eq!(round.randomness().to_string(), randomness);
        assert_eq!(
            (round.number(), round.signature()),
            (number, &*hex(signature))
        );
    }
    for (number, signature, previous, randomness) in FIRST {
        let (signature, previous) = (hex(signature), hex(previous));
        let chain = Chain::drand_default();
        let round = Round::verified(&chain, number, &signature, Some(&previous)).unwrap();
        assert_eq!(round.randomness().to_string(), randomness);
    }
}

#[test]
fn a_signature_holds_for_its_own_round_chain_and_key_alone() {
    let quicknet = Chain::quicknet();
    let (number, signature, _) = QUICKNET[0];
    let good = hex(signature);
    assert_eq!(
        fault(&quicknet, number + 1, &good, None),
        RoundFault::Signature
    );
    assert_eq!(
        fault(&quicknet, number, &hex(QUICKNET[1].1), None),
        RoundFault::Signature
    );
    assert_eq!(
        fault(&quicknet, number, &good, Some(&good)),
        RoundFault::Previous
    );

    let first = Chain::drand_default();
    let (number, signature, previous, _) = FIRST[1];
    let (good, previous) = (hex(signature), hex(previous));
    assert_eq!(fault(&first, number, &good, None), RoundFault::Previous);
    assert_eq!(
        fault(&first, number, &good, Some(&good)),
        RoundFault::Signature
    );
    assert_eq!(
        fault(&first, number + 1, &good, Some(&previous)),
        RoundFault::Signature
    );
    // Keys of one scheme are none of the other.
    let mut mixed = first.clone();
    mixed.scheme = Scheme::UnchainedG1;
    assert_eq!(fault(&mixed, number, &good, None), RoundFault::Key);
    let mut other = quicknet.clone();
    other.key = super::own_chain_key();
    assert_eq!(
        fault(&other, QUICKNET[0].0, &hex(QUICKNET[0].1), None),
        RoundFault::Signature
    );
}

#[test]
fn what_is_no_point_of_the_group_is_no_signature_and_no_key() {
    let quicknet = Chain::quicknet();
    let infinity = |bytes: usize| {
        let mut point = vec![0; bytes];
        point[0] = 0xc0;
        point
    };
    // On the curve, but not in the group of prime order: the first such x.
    let mut outside = vec![0; 48];
    (outside[0], outside[47]) = (0x80, 4);
    let uncompressed = {
        let mut point = vec![0; 96];
        point[0] = 0x40;
        point
    };
    for bad in [
        infinity(48),
        outside,
        uncompressed,
        vec![],
        vec![0; 48],
        vec![0xff; 48],
        infinity(96),
    ] {
        assert_eq!(
            fault(&quicknet, 1, &bad, None),
            RoundFault::Encoding,
            "{bad:?}"
        );
    }
    for bad in [
        infinity(96),
        vec![],
        vec![0; 96],
        vec![0xff; 96],
        hex(FIRST[0].1)[..48].to_vec(),
    ] {
        let mut chain = quicknet.clone();
        chain.key = bad;
        assert_eq!(
            fault(&chain, 1000, &hex(QUICKNET[0].1), None),
            RoundFault::Key
        );
    }
    let first = Chain::drand_default();
    let before = hex(FIRST[1].2);
    assert_eq!(
        fault(&first, 1000, &infinity(96), Some(&before)),
        RoundFault::Encoding
    );
}

#[test]
fn a_draw_by_the_real_chain_is_proved_with_its_pinned_key() {
    let pool = pool(100);
    let chain = Chain::quicknet();
    let (number, signature, _) = QUICKNET[1];
    let sealed = sealed_by(&pool, 3, 2, Source::beacon(&chain, number));
    let round = Round::verified(&chain, number, &hex(signature), None).unwrap();
    let proof = Proof::draw(&sealed, &pool, RULES, Evidence::beacon(&round)).unwrap();
    let read = Proof::read(proof.to_json().as_bytes()).unwrap();
    let verified = read.verify(&Trust::default()).unwrap();
    assert!(verified.pinned && !verified.by_fallback);
    assert_eq!(verified.drawn_at, Some(at("2023-09-15T11:00:03Z")));
    assert!(!read.verify(&Trust::nobody()).unwrap().pinned);

    let first = Chain::drand_default();
    let (number, signature, previous, _) = FIRST[2];
    let sealed = sealed_by(&pool, 3, 2, Source::beacon(&first, number));
    let round = Round::verified(&first, number, &hex(signature), Some(&hex(previous))).unwrap();
    let proof = Proof::draw(&sealed, &pool, RULES, Evidence::beacon(&round)).unwrap();
    let read = Proof::read(proof.to_json().as_bytes()).unwrap();
    assert!(read.verify(&Trust::default()).unwrap().pinned);
}

#[test]
fn rounds_come_at_their_times() {
    let chain = Chain::quicknet();
    let genesis = at("2023-08-23T15:09:27Z");
    assert_eq!(chain.time_of(1).unwrap(), genesis);
    assert_eq!(
        chain.time_of(1000).unwrap(),
        genesis + SignedDuration::from_secs(2997)
    );
    assert_eq!(chain.round_at(genesis), Some(1));
    assert_eq!(
        chain.round_at(genesis + SignedDuration::from_millis(2999)),
        Some(1)
    );
    assert_eq!(
        chain.round_at(genesis + SignedDuration::from_secs(3)),
        Some(2)
    );
    assert_eq!(
        chain.round_at(genesis - SignedDuration::from_nanos(1)),
        None
    );
    assert_eq!(
        chain.first_round_from(genesis - SignedDuration::from_hours(9)),
        1
    );
    assert_eq!(chain.first_round_from(genesis), 1);
    assert_eq!(
        chain.first_round_from(genesis + SignedDuration::from_nanos(1)),
        2
    );
    for round in [0, u64::MAX, u64::MAX / 3] {
        let error = chain.time_of(round).unwrap_err();
        assert!(error.message().contains("has no time"), "{error}");
    }
    // Even chains that make no sense do no harm.
    let odd = Chain::new(
        Scheme::UnchainedG1,
        "odd",
        [],
        Timestamp::MAX,
        0,
        Digest::new([0; 32]),
    );
    assert_eq!(odd.first_round_from(Timestamp::MIN), 1);
    assert_eq!(odd.round_at(genesis), None);
    assert!(odd.honest_round(Timestamp::MAX, LEAD) >= 1);
}

proptest! {
    #[test]
    fn an_honest_round_lies_ahead_by_its_lead_and_by_no_more_than_a_period(
        second in 1_692_803_367_i64..4_000_000_000,
        nanos in 0_i32..1_000_000_000,
        lead in -5_i64..100_000,
        chained: bool,
    ) {
        let chain = if chained { Chain::drand_default() } else { Chain::quicknet() };
        let now = Timestamp::new(second, nanos).unwrap();
        let lead = SignedDuration::from_secs(lead);
        let round = chain.honest_round(now, lead);
        let ahead = chain.time_of(round).unwrap().duration_since(now);
        let least = lead.max(SignedDuration::ZERO);
        prop_assert!(ahead > least);
        prop_assert!(ahead <= least + SignedDuration::from_secs(i64::from(chain.period)));
        prop_assert!(chain.round_at(now).unwrap() < round);
        let time = chain.time_of(round).unwrap();
        prop_assert_eq!(chain.round_at(time), Some(round));
        prop_assert_eq!(chain.first_round_from(time), round);
    }

    #[test]
    fn no_changed_bit_of_a_signature_or_key_is_let_pass(bit in 0_usize..384, key_bit in 0_usize..768) {
        let (number, signature, _) = QUICKNET[0];
        let mut changed = hex(signature);
        changed[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(Round::verified(&Chain::quicknet(), number, &changed, None).is_err());
        let mut chain = Chain::quicknet();
        chain.key[key_bit / 8] ^= 1 << (key_bit % 8);
        prop_assert!(Round::verified(&chain, number, &hex(signature), None).is_err());
        prop_assert_ne!(chain.hash(), Chain::quicknet().hash());
    }
}
