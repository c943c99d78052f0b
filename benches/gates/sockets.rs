//! The same over real sockets, in real time: a server on loopback that counts what it refuses.

use futures_util::future::join_all;
use sociable::client::limits::Window;

use crate::figures::{Bound, Report};
use crate::limits::limits_support::{Dialect, World, secs, socket_storm};

pub(crate) fn gates(report: &mut Report) {
    let fixed = Window::fixed(300, secs(3));
    let from_first_call = Window::from_first_call(300, secs(3));
    let plans = [
        ("silent", &fixed, Dialect::Silent),
        ("epoch_seconds", &fixed, Dialect::EpochSeconds),
        ("iso_dates", &fixed, Dialect::IsoMicros),
        ("delta_seconds", &from_first_call, Dialect::DeltaSeconds),
        ("delta_decimals", &from_first_call, Dialect::DeltaDecimals),
        ("two_families", &fixed, Dialect::TwoFamilies),
        ("percent", &from_first_call, Dialect::Percent),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return report.unmeasured("sockets", &error.to_string()),
    };
    // All at once, each with a server of its own: they take as long as one.
    let storms = join_all(plans.iter().map(|(_, window, dialect)| async {
        let mut world = World::told((*window).clone(), *dialect, 0);
        world.server.dated = true;
        socket_storm(&world).await
    }));
    let (mut answers, mut refusals, mut least) = (0, 0, f64::INFINITY);
    for ((name, ..), told) in plans.iter().zip(runtime.block_on(storms)) {
        let told = match told {
            Ok(told) => told,
            Err(error) => {
                report.unmeasured(&format!("sockets.{name}"), &error.to_string());
                continue;
            }
        };
        let shares = told.shares.iter().map(|share| share.percent());
        let share = shares.fold(f64::INFINITY, f64::min);
        println!(
            "sockets.{name}: {} answers, {} refusals, {share:.1} per cent of 300 or more in {} windows",
            told.answers,
            told.refusals,
            told.shares.len()
        );
        answers += told.answers;
        refusals += told.refusals;
        least = least.min(share);
    }
    let all = 1000.0 * plans.len() as f64;
    report.figure("sockets.answers", answers as f64, Bound::AtLeast(all));
    report.figure("sockets.refusals", refusals as f64, Bound::AtMost(0.0));
    report.figure("sockets.used_share_min", least, Bound::AtLeast(98.0));
}
