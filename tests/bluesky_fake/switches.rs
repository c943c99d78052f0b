//! Every rule has a case that holds while the rule is kept and fails when it is broken.

use sociable::adapters::bluesky::fake::{Fake, Rule};

use crate::cases::Case;
use crate::net::Net;
use crate::watch::lexicons;
use crate::{cases_services, cases_views, cases_writes};

/// The cases, each with the rule that it proves.
fn cases() -> impl Iterator<Item = &'static (Rule, Case)> {
    let groups = [
        cases_writes::CASES,
        cases_views::CASES,
        cases_services::CASES,
    ];
    groups.into_iter().flatten()
}

#[test]
fn every_rule_holds_until_it_is_broken() {
    let mut wrong = Vec::new();
    for rule in Rule::ALL {
        let cases: Vec<&Case> = cases()
            .filter(|(named, _)| named == rule)
            .map(|(_, case)| case)
            .collect();
        if cases.is_empty() {
            wrong.push(format!("{rule:?} has no case"));
        }
        for case in cases {
            if case(&Net::new(Fake::new())).is_none() {
                wrong.push(format!("{rule:?} does not hold"));
            }
            let broken = Fake::new();
            broken.break_rule(*rule);
            if case(&Net::broken(broken)).is_some() {
                wrong.push(format!("{rule:?} holds although it is broken"));
            }
            let mended = Fake::new();
            mended.break_rule(*rule);
            mended.mend_rule(*rule);
            assert!(case(&Net::new(mended)).is_some(), "{rule:?} is not mended");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What the cases are answered has to follow the lexicons as well.
#[test]
fn the_exchanges_of_every_case_follow_the_lexicons() {
    if lexicons().is_none() {
        return;
    }
    let mut checked = 0;
    for (_, case) in cases() {
        let net = Net::new(Fake::new());
        case(&net);
        checked += net.watch.checked();
    }
    assert!(checked > 300, "{checked}");
}
