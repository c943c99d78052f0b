//! Who belongs to the community, and who did what.

use sociable::adapters::vk::fake::Fake;
use sociable::{
    Account, AccountId, Audience, AudienceQuery, Draft, ErrorKind, Membership, Poll, SocialNetwork,
};

use crate::net::{Net, WALL, reply, wall};

async fn all(
    vk: &dyn SocialNetwork,
    query: AudienceQuery,
    limit: u32,
) -> (Vec<Account>, Option<u64>) {
    let (mut accounts, mut total, mut next) = (Vec::new(), None, None);
    for _ in 0..1000 {
        let mut query = query.clone().limit(limit);
        query.page.cursor = next;
        let page = vk.audience(&query).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        total = total.or(page.total);
        accounts.extend(page.items);
        next = page.next;
        if next.is_none() {
            return (accounts, total);
        }
    }
    panic!("the list has no end");
}

fn ids(accounts: &[Account]) -> Vec<&str> {
    let mut ids: Vec<&str> = accounts.iter().map(|a| a.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn members_are_listed_and_told_in_batches() {
    let net = Net::new();
    let vk = net.community();
    let mut people = Vec::new();
    for n in 0..450 {
        let user = net
            .fake
            .add_user(&format!("User {n}"), &format!("user.{n}"));
        if n % 3 == 0 {
            net.fake.join_as(user, Fake::GROUP, true, net.now());
        }
        people.push(user);
    }
    let (members, total) = all(&vk, AudienceQuery::members(), 100).await;
    // The administrator is one of them.
    assert_eq!((members.len(), total), (151, Some(151)));
    assert!(members.iter().all(|member| member.name.is_some()));
    let (followers, _) = all(&vk, AudienceQuery::followers(), 1000).await;
    assert_eq!(ids(&followers), ids(&members));
    net.fake.clear_log();
    let mut asked: Vec<AccountId> = people
        .iter()
        .map(|id| AccountId::new(format!("id{id}")))
        .collect();
    asked.push(AccountId::new("club5"));
    asked.push(asked[0].clone());
    let told = vk.membership(&asked).await.unwrap();
    assert_eq!(told.len(), 452);
    for (n, membership) in told.iter().take(450).enumerate() {
        let wanted = if n % 3 == 0 {
            Membership::Yes
        } else {
            Membership::No
        };
        assert_eq!(*membership, wanted, "{n}");
    }
    assert_eq!(told[450..], [Membership::No, Membership::Yes]);
    assert_eq!(net.fake.seen().len(), 3);
    // An id that the network calls wrong spoils no other.
    let wrong = [
        AccountId::new(format!("id{}", people[0])),
        AccountId::new("id999999999999"),
    ];
    let told = vk.membership(&wrong).await.unwrap();
    assert_eq!(told[0], Membership::Yes);
    assert_ne!(told[1], Membership::Yes);
    assert!(vk.membership(&[AccountId::new("nobody")]).await.is_err());
    assert!(vk.membership(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_liked_reposted_and_commented_is_told_with_the_networks_count() {
    let net = Net::new();
    let vk = net.community();
    let post = net.post(WALL, "Like me");
    let comment = net.comment(Fake::BOB, post, "First", None);
    net.comment(Fake::BOB, post, "Again", None);
    net.comment(Fake::CAROL, post, "Below", Some(comment));
    for who in [Fake::BOB, Fake::CAROL] {
        net.fake.like_as(who, "post", WALL, post, true, net.now());
    }
    net.fake
        .like_as(Fake::CAROL, "comment", WALL, comment, true, net.now());
    net.fake.repost_as(Fake::BOB, WALL, post, "", net.now());
    let (bob, carol) = (format!("id{}", Fake::BOB), format!("id{}", Fake::CAROL));
    let (likers, total) = all(&vk, AudienceQuery::liked(wall(post)), 1).await;
    assert_eq!(
        (ids(&likers), total),
        (vec![bob.as_str(), carol.as_str()], Some(2))
    );
    let (likers, total) = all(&vk, AudienceQuery::liked(reply(post, comment)), 10).await;
    assert_eq!((ids(&likers), total), (vec![carol.as_str()], Some(1)));
    let (reposters, total) = all(&vk, AudienceQuery::reposted(wall(post)), 10).await;
    assert_eq!((ids(&reposters), total), (vec![bob.as_str()], Some(1)));
    let (commenters, total) = all(&vk, AudienceQuery::commented(wall(post)), 100).await;
    assert_eq!(
        (ids(&commenters), total),
        (vec![bob.as_str(), carol.as_str()], None)
    );
    let error = vk
        .audience(&AudienceQuery::liked(wall(999_999)))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::NotFound | ErrorKind::Forbidden(_) | ErrorKind::Invalid(_)
        ),
        "{error}"
    );
}

#[tokio::test]
async fn who_voted_is_told_by_answer_and_for_all() {
    let net = Net::new();
    let vk = net.community();
    let draft = Draft::text("Vote").poll(Poll::new(["This", "That"]));
    let post = vk.publish(&draft).await.unwrap();
    let read = vk.post(&post.id).await.unwrap();
    assert_eq!(read.poll.as_ref().unwrap().options.len(), 2);
    let other = net.builder().user_token(Fake::BOB_TOKEN).build().unwrap();
    other
        .engage(&(&post).into(), &sociable::Engagement::vote([1]))
        .await
        .unwrap();
    let voted = |choice| AudienceQuery::new(Audience::Voted(post.id.clone(), choice));
    let bob = format!("id{}", Fake::BOB);
    for (choice, wanted) in [(None, 1), (Some(1), 1), (Some(0), 0)] {
        let (voters, total) = all(&vk, voted(choice), 10).await;
        assert_eq!(
            (voters.len() as u64, total),
            (wanted, Some(wanted)),
            "{choice:?}"
        );
        assert!(voters.iter().all(|voter| voter.id.as_str() == bob));
    }
    assert!(matches!(
        vk.audience(&voted(Some(7))).await.unwrap_err().kind(),
        ErrorKind::Invalid(_)
    ));
    let plain = net.post(WALL, "No poll");
    let none = AudienceQuery::new(Audience::Voted(wall(plain), None));
    assert!(matches!(
        vk.audience(&none).await.unwrap_err().kind(),
        ErrorKind::Invalid(_)
    ));
}
