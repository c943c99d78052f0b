//! The commitment, and the line that publishes it.

use sociable::contest::beacon::{Beacon, Chain};
use sociable::contest::draw::{
    Digest, Evidence, Party, Proof, Reveal, Sealed, SealedLine, Source, WaitsFor,
};

use super::{ROUND, RULES, at, draw_id, evidence, own_chain, pool, rules_hash, sealed, sealed_by};

fn parties(count: u8) -> Vec<Party> {
    let party = |number: u8| {
        let reveal = Reveal::new([number; 32]);
        Party::new(
            format!("party {number}"),
            reveal.commitment(),
            Reveal::new([100 + number; 32]),
        )
    };
    (0..count).map(party).collect()
}

#[test]
fn the_seal_is_another_one_whatever_changes() {
    let pool = pool(30);
    let source = || Source::beacon(own_chain().chain(), ROUND);
    let base = sealed(&pool, 3, 2);
    let by = |source| sealed_by(&pool, 3, 2, source);
    let second = |seal, reason: &str| base.clone().earlier(seal, reason).unwrap();
    let later = at("2026-12-02T00:00:00Z");
    let fall_back = |after, round| {
        let source = Source::beacon(&Chain::quicknet(), round);
        base.clone().fallback(after, source).unwrap()
    };
    let mut swapped = parties(2);
    swapped.swap(0, 1);
    let all = [
        base.clone(),
        Sealed::new(&draw_id("autumn/2"), &pool, rules_hash(), 3, 2, source()).unwrap(),
        Sealed::new(
            &draw_id("autumn/1"),
            &pool,
            Digest::of(b"other"),
            3,
            2,
            source(),
        )
        .unwrap(),
        Sealed::new(
            &draw_id("autumn/1"),
            &super::pool(31),
            rules_hash(),
            3,
            2,
            source(),
        )
        .unwrap(),
        sealed(&pool, 2, 2),
        sealed(&pool, 3, 3),
        by(Source::beacon(own_chain().chain(), ROUND + 1)),
        by(Source::beacon(&Chain::quicknet(), ROUND)),
        by(Source::reveals(later, parties(2))),
        by(Source::reveals(later, swapped)),
        by(Source::reveals(at("2026-12-03T00:00:00Z"), parties(2))),
        fall_back(later, 5),
        fall_back(later, 6),
        fall_back(at("2026-12-03T00:00:00Z"), 5),
        second(base.seal(), "the winner did not answer"),
        second(base.seal(), "the winner declined"),
        second(rules_hash(), "the winner did not answer"),
    ];
    for (i, one) in all.iter().enumerate() {
        for other in &all[..i] {
            assert_ne!(one.seal(), other.seal());
            assert!(!SealedLine::of(one).is_of(other));
        }
        let json = serde_json::to_string(one).unwrap();
        assert_eq!(serde_json::from_str::<Sealed>(&json).unwrap(), *one);
    }
}

#[test]
fn the_line_fits_into_a_short_post_and_is_found_in_it() {
    let pool = pool(30);
    let base = sealed(&pool, 3, 2);
    let second = base
        .clone()
        .earlier(base.seal(), "the winner declined")
        .unwrap();
    let by_parties = sealed_by(
        &pool,
        3,
        2,
        Source::reveals(at("2026-12-02T10:00:00.5Z"), parties(3)),
    );
    for sealed in [base, second, by_parties] {
        let line = SealedLine::of(&sealed);
        let text = line.to_string();
        assert!(text.is_ascii() && text.len() <= 300, "{text}");
        assert_eq!(text.parse::<SealedLine>().unwrap(), line);
        let post = format!("Our draw:\r\n  {text} \r\nGood luck! #tea");
        let found = SealedLine::find_in(&post).unwrap();
        assert!(found.is_of(&sealed));
        assert_eq!((found.root, found.seal), (sealed.root, sealed.seal()));
    }
    assert_eq!(
        SealedLine::find_in("Good luck!\nsociable-draw/1 and so on"),
        None
    );
}

#[test]
fn even_the_longest_line_is_no_longer_than_300_characters() {
    let longest = format!(
        "sociable-draw/1 {} entries={max} winners={max} reserves={max} beacon=52db9ba70e0c:{} after={hash} root={hash} seal={hash}",
        "x".repeat(32),
        u64::MAX,
        max = u32::MAX,
        hash = "A".repeat(43),
    );
    let line: SealedLine = longest.parse().unwrap();
    assert!(longest.len() <= 300, "{}", longest.len());
    assert_eq!(
        line.waits_for,
        WaitsFor::Beacon("52db9ba70e0c".to_owned(), u64::MAX)
    );
}

#[test]
fn lines_that_are_damaged_are_no_lines() {
    let line = SealedLine::of(&sealed(&pool(30), 3, 2)).to_string();
    for at in 0..line.len() {
        let cut = &line[..at];
        assert!(cut.parse::<SealedLine>().is_err(), "{cut}");
        let mut changed = line.clone().into_bytes();
        changed[at] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        if let Ok(other) = changed.parse::<SealedLine>() {
            assert!(!other.is_of(&sealed(&pool(30), 3, 2)), "{changed}");
        }
    }
    for wrong in [
        line.replace(' ', "  "),
        line.replace("entries=30", "entries=+30"),
        line.replace("entries=30", "entries=030"),
        line.replace("entries=30 winners=3", "winners=3 entries=30"),
        format!("{line} more=1"),
        format!("{line}=="),
    ] {
        let error = wrong.parse::<SealedLine>().unwrap_err();
        assert!(
            error.message().contains("copy it whole"),
            "{wrong}: {error}"
        );
    }
}

#[test]
fn what_cannot_decide_a_draw_is_refused_before_it_is_published() {
    let pool = pool(5);
    let deadline = at("2026-12-02T00:00:00Z");
    let mut twice = parties(2);
    twice[1].name = twice[0].name.clone();
    let mut same = parties(2);
    same[1].commitment = same[0].commitment;
    let mut known = parties(1);
    known[0].commitment = known[0].default.commitment();
    let mut unnamed = parties(1);
    unnamed[0].name = "two\nlines".to_owned();
    let bad = [
        Source::beacon(&Chain::quicknet(), 0),
        Source::reveals(deadline, []),
        Source::reveals(deadline, parties(65)),
        Source::reveals(deadline, twice),
        Source::reveals(deadline, same),
        Source::reveals(deadline, known),
        Source::reveals(deadline, unnamed),
    ];
    let seal =
        |winners, source| Sealed::new(&draw_id("a/1"), &pool, rules_hash(), winners, 0, source);
    for source in bad {
        assert!(seal(1, source.clone()).is_err(), "{source:?}");
        let good = seal(1, Source::beacon(&Chain::quicknet(), 7)).unwrap();
        assert!(good.fallback(deadline, source).is_err());
    }
    let good = || Source::beacon(&Chain::quicknet(), 7);
    assert!(seal(0, good()).is_err());
    let sealed = seal(1, good()).unwrap();
    assert!(sealed.clone().fallback(deadline, good()).is_err());
    for reason in ["", " ", "a\nb", &"x".repeat(501)] {
        assert!(sealed.clone().earlier(sealed.seal(), reason).is_err());
    }
}

#[test]
fn a_second_draw_from_the_same_list_is_linked_and_comes_out_otherwise() {
    let pool = pool(1000);
    let first = sealed(&pool, 5, 5);
    let again = Sealed::new(
        &draw_id("autumn/2"),
        &pool,
        rules_hash(),
        5,
        5,
        first.source.clone(),
    );
    let again = again
        .unwrap()
        .earlier(first.seal(), "the prize was doubled")
        .unwrap();
    let draw = |sealed: &Sealed| Proof::draw(sealed, &pool, RULES, evidence()).unwrap();
    let (one, two) = (draw(&first), draw(&again));
    assert_eq!(one.entries(), two.entries());
    assert_ne!(one.winners(), two.winners());
    let verified = two.verify(&Default::default()).unwrap();
    let earlier = verified.earlier.unwrap();
    assert_eq!(
        (earlier.seal, earlier.reason.as_str()),
        (one.seal(), "the prize was doubled")
    );
}

#[test]
fn nothing_is_drawn_from_what_does_not_belong_together() {
    let (pool, other) = (pool(10), super::pool(11));
    let sealed = sealed(&pool, 1, 1);
    let late = Evidence::beacon(&own_chain().sign(ROUND + 1).unwrap());
    for (pool, rules, evidence, why) in [
        (&other, RULES, evidence(), "entries"),
        (&pool, "other rules", evidence(), "rules"),
        (&pool, RULES, late, "round 1001"),
    ] {
        let error = Proof::draw(&sealed, pool, rules, evidence).unwrap_err();
        assert!(error.message().contains(why), "{error}");
    }
}
