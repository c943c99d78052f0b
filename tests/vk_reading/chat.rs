//! Conversations and messages.

use sociable::adapters::vk::fake::Fake;
use sociable::{ConversationId, PageRequest, SocialNetwork};

use crate::net::Net;

#[tokio::test]
async fn conversations_stand_newest_first_with_what_is_unread() {
    let net = Net::new();
    let vk = net.community();
    for n in 0..3 {
        net.seconds(1);
        net.fake.message_as(
            Fake::BOB,
            Fake::GROUP,
            &format!("Bob {n} <b> & \"c\""),
            net.now(),
        );
    }
    net.seconds(1);
    net.fake
        .message_as(Fake::CAROL, Fake::GROUP, "Carol", net.now());
    let page = vk.conversations(&PageRequest::first()).await.unwrap();
    assert_eq!(page.total, Some(2));
    let [carol, bob] = page.items.as_slice() else {
        panic!("{:?}", page.items)
    };
    assert_eq!(carol.members[0].name.as_deref(), Some("Carol Test"));
    assert_eq!((bob.unread, bob.can_reply_until), (Some(3), None));
    assert_eq!(
        bob.last.as_ref().unwrap().text.as_str(),
        "Bob 2 <b> & \"c\""
    );
    let first = PageRequest::first().limit(1);
    let page = vk.conversations(&first).await.unwrap();
    assert_eq!(page.items[0].id, carol.id);
    let rest = vk
        .conversations(&first.clone().after(page.next.unwrap()))
        .await
        .unwrap();
    assert_eq!((&rest.items[0].id, rest.next), (&bob.id, None));

    let page = vk
        .messages(&bob.id, &PageRequest::first().limit(2))
        .await
        .unwrap();
    assert_eq!(page.total, Some(3));
    let texts: Vec<&str> = page.items.iter().map(|m| m.text.as_str()).collect();
    assert_eq!(texts, ["Bob 2 <b> & \"c\"", "Bob 1 <b> & \"c\""]);
    let next = PageRequest::first().limit(2).after(page.next.unwrap());
    let rest = vk.messages(&bob.id, &next).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
    assert!(
        rest.items
            .iter()
            .all(|m| m.outgoing == Some(false) && m.conversation == bob.id)
    );
    assert!(
        vk.messages(&ConversationId::new("nobody"), &PageRequest::first())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_conversation_that_may_not_be_answered_says_so() {
    let net = Net::new();
    let vk = net.community();
    net.fake
        .message_as(Fake::BOB, Fake::GROUP, "Hello", net.now());
    net.fake.allow_as(Fake::BOB, Fake::GROUP, false, net.now());
    let page = vk.conversations(&PageRequest::first()).await.unwrap();
    assert_eq!(page.items[0].can_reply_until, Some(net.now()));
}
