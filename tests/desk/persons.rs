//! All of a person can be had at once, and be gone.

use std::sync::Arc;

use sociable::desk::{PersonRef, ReputationQuery, reputation};
use sociable::{ErrorKind, SocialNetwork};

use crate::town::{HOUR, MINUTE, Town, all, only, reply, round, say, tell, town};

/// A case of alice's with everything that can stand in one, and one of bob's.
async fn busy(town: &Town) -> (sociable::desk::Desk, PersonRef) {
    let desk = town.desk();
    let post = say(&town.shop, "New leaves!").await;
    let comment = reply(&town.alice, &post, "Secretword: mine came broken").await;
    say(&town.bob, "@shop hello?").await;
    round(&desk).await;
    let cases = all(&desk).await;
    let id = &cases
        .iter()
        .find(|case| case.person.handle.as_deref() == Some("alice"))
        .unwrap()
        .id;
    desk.note(id, "ann", "Noteword about her").await.unwrap();
    desk.handoff(id, "ann", "warehouse", "Askword for her")
        .await
        .unwrap();
    desk.handoff_answered(id, "walt", "Stockword")
        .await
        .unwrap();
    desk.answer(id, "ann", "Replyword, dear customer")
        .await
        .unwrap();
    town.clock.advance(MINUTE);
    town.alice
        .edit(
            &comment.id,
            &sociable::Edit::text("Secondword: still broken"),
        )
        .await
        .unwrap();
    tell(&town.alice, "shop", "Privateword?").await;
    round(&desk).await;
    desk.resolve(id, "ann").await.unwrap();
    let me = town.alice.me().await.unwrap();
    (desk, PersonRef::new("memory", me.id))
}

const WORDS: [&str; 7] = [
    "Secretword",
    "Secondword",
    "Noteword",
    "Askword",
    "Stockword",
    "Replyword",
    "Privateword",
];

async fn stored(town: &Town) -> String {
    let all = town.store.list("", None, 10_000).await.unwrap();
    all.into_iter()
        .map(|(key, value)| format!("{key} {}\n", value.value))
        .collect()
}

#[tokio::test]
async fn an_export_holds_all_of_a_person_and_nothing_of_another() {
    let town = town();
    let (desk, alice) = busy(&town).await;
    let export = desk.export(&alice).await.unwrap().to_string();
    for word in WORDS {
        assert!(export.contains(word), "{word}");
    }
    assert!(!export.contains("hello?") && !export.contains("bob"));
    let nobody = PersonRef::new("memory", "memory:account:nobody");
    assert_eq!(
        desk.export(&nobody).await.unwrap_err().kind(),
        &ErrorKind::NotFound
    );
    assert_eq!(
        desk.erase(&nobody).await.unwrap_err().kind(),
        &ErrorKind::NotFound
    );
}

#[tokio::test]
async fn after_an_erasure_the_words_are_gone_and_every_figure_stays() {
    let town = town();
    let (desk, alice) = busy(&town).await;
    let before = desk.cases().await.unwrap();
    let figures = reputation(
        before.iter().map(|(case, standing)| (case, standing)),
        &ReputationQuery::new(),
    );
    let erased = desk.erase(&alice).await.unwrap();
    assert_eq!(erased.texts, 3, "two versions and a message");
    let stored = stored(&town).await;
    for word in WORDS
        .into_iter()
        .chain(["alice", "Alice", alice.id.as_str(), "test.broken"])
    {
        assert!(!stored.contains(word), "{word} stands in {stored}");
    }
    assert!(stored.contains("hello?"), "bob's stay");
    let after = desk.cases().await.unwrap();
    let again = reputation(
        after.iter().map(|(case, standing)| (case, standing)),
        &ReputationQuery::new(),
    );
    assert_eq!(figures, again);
    assert!(figures.complaint_rate.numerator > 0);
    for ((old, then), (new, now)) in before.iter().zip(&after) {
        assert_eq!(then, now, "the clocks stay");
        assert_eq!(old.events, new.events);
        let shape = |case: &sociable::desk::Case| -> Vec<(String, usize)> {
            case.mentions
                .iter()
                .map(|one| (one.print.clone(), one.versions.len()))
                .collect()
        };
        assert_eq!(shape(old), shape(new));
        assert_eq!(
            old.mentions[0].versions[0].hash,
            new.mentions[0].versions[0].hash
        );
    }
    let export = desk.export(&alice).await.unwrap().to_string();
    assert!(WORDS.iter().all(|word| !export.contains(word)));
    assert_eq!(
        desk.erase(&alice).await.unwrap().texts,
        0,
        "once more changes nothing"
    );
}

#[tokio::test]
async fn what_an_erased_person_writes_later_is_a_new_case_and_what_is_redelivered_stays_erased() {
    let town = town();
    let (desk, alice) = busy(&town).await;
    desk.erase(&alice).await.unwrap();
    for (name, _) in town.store.list("desk/account/", None, 10).await.unwrap() {
        town.store.remove(&name).await.unwrap();
    }
    let again = round(&desk).await;
    assert!(again.opened.is_empty(), "{again:?}");
    assert!(!stored(&town).await.contains("Secretword"));
    tell(&town.alice, "shop", "Me again?").await;
    assert_eq!(round(&desk).await.opened.len(), 1);
    let old = all(&desk)
        .await
        .into_iter()
        .find(|case| case.erased_at.is_some())
        .unwrap();
    let error = desk.answer(&old.id, "ann", "hello").await.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Conflict);
}

#[tokio::test]
async fn a_copy_in_anothers_case_is_erased_too() {
    let town = town();
    let text =
        "Acme sold me a kettle that is broken and nobody answers my letters since a whole week";
    say(&town.alice, text).await;
    let desk = town
        .builder()
        .search(sociable::desk::SearchPlan::new("brand").terms("Acme"))
        .build()
        .unwrap();
    round(&desk).await;
    say(&town.bob, text).await;
    town.clock.advance(HOUR);
    round(&desk).await;
    let bob = town.bob.me().await.unwrap();
    let bob = PersonRef::new("memory", bob.id);
    let export = desk.export(&bob).await.unwrap();
    assert_eq!(export["copies"].as_array().unwrap().len(), 1);
    desk.erase(&bob).await.unwrap();
    let case = only(&desk).await;
    assert_eq!(case.reach.copies, 1, "the figure stays");
    assert_eq!(case.copies[0].person.id, None);
    assert!(!stored(&town).await.contains("bob"));
    assert_eq!(case.text(), text, "alice's own stays");
}

#[cfg(feature = "embedded")]
#[tokio::test]
async fn after_an_erasure_the_text_stands_nowhere_in_the_stores_files() {
    let folder = std::env::temp_dir().join(format!("sociable-erased-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("desk");
    let mut town = town();
    town.store = Arc::new(sociable::store::EmbeddedStore::open(&path).await.unwrap());
    let bytes = || -> Vec<u8> {
        let files = std::fs::read_dir(&folder).unwrap();
        files
            .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect()
    };
    let stands = |word: &str| {
        bytes()
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    };
    let (desk, alice) = busy(&town).await;
    for word in WORDS {
        assert!(stands(word), "{word} is there before");
    }
    desk.erase(&alice).await.unwrap();
    for word in WORDS.into_iter().chain(["Alice", alice.id.as_str()]) {
        assert!(!stands(word), "{word} stands in the files");
    }
    assert!(stands("hello?"), "bob's stay");
    std::fs::remove_dir_all(&folder).unwrap();
}
