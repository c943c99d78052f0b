//! Discovery.
#![allow(clippy::unwrap_used)]
mod contract;
#[path = "support/stages.rs"]
mod stages;
use sociable::adapters::bluesky::fake::Rule;
use sociable::testing::suite;
#[tokio::test]
async fn rules() {
    let fake = stages::fake();
    let (bench, stage, _) = stages::on_fake(&fake, None);
    let report = bench.clock.drive(suite::run(&stage)).await;
    let names: Vec<String> = report.cases.iter().map(|c| c.name.clone()).collect();
    for rule in Rule::ALL {
        let mut found = None;
        for name in &names {
            let fake = stages::fake();
            fake.break_rule(*rule);
            let (bench, stage, _) = stages::on_fake(&fake, None);
            let report = bench.clock.drive(suite::run_only(&stage, name)).await;
            if !report.passed() && report.cases.len() == 1 {
                found = Some(name);
                break;
            }
        }
        println!("RULE {rule:?}: {found:?}");
    }
}
