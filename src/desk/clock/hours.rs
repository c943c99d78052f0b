//! Opening hours on the clock on the wall, as arithmetic: how many seconds were open until a moment, and when so many
//! were. Nothing here steps through time, so that years cost as much as minutes.
//!
//! Moments are seconds of local time since the beginning of 1970.

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// The first and the last second of an open stretch within a day; the last is not part of it.
pub(super) type Stretch = (i64, i64);

/// When a day is open.
#[derive(Clone, Debug, Default, PartialEq)]
struct Plan {
    /// In order, apart from one another.
    stretches: Vec<Stretch>,
    /// How many seconds are open.
    total: i64,
}

impl Plan {
    fn new(mut stretches: Vec<Stretch>) -> Self {
        stretches.sort_unstable();
        let mut plan = Self::default();
        for (from, to) in stretches {
            match plan.stretches.last_mut() {
                Some((_, end)) if from <= *end => *end = to.max(*end),
                _ => plan.stretches.push((from, to)),
            }
        }
        plan.total = plan.stretches.iter().map(|(from, to)| to - from).sum();
        plan
    }

    /// The first second before which so many are open. It asks for 1 to `total` of them.
    fn after(&self, mut seconds: i64) -> i64 {
        for (from, to) in &self.stretches {
            if seconds <= to - from {
                return from + seconds;
            }
            seconds -= to - from;
        }
        DAY
    }
}

/// A day that is not like others of its name.
#[derive(Clone, Debug, PartialEq)]
struct Special {
    /// Days since the beginning of 1970.
    day: i64,
    plan: Plan,
    /// How many seconds were open until it begins.
    before: i64,
    /// By how many seconds it, and all special days before it, differ from others of their names.
    shift: i64,
}

/// A day's hours, and how many seconds were open until it began.
#[derive(Clone, Copy)]
struct Day<'a> {
    until: i64,
    stretches: &'a [Stretch],
}

impl Day<'_> {
    /// How many seconds were open until this one of the day, and whether it is open itself.
    #[inline]
    fn before(self, second: i64) -> (i64, bool) {
        let mut sum = self.until;
        for (from, to) in self.stretches {
            if second < *from {
                break;
            }
            if second < *to {
                return (sum + second - from, true);
            }
            sum += to - from;
        }
        (sum, false)
    }
}

/// The hours of every day there is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Hours {
    /// Monday first.
    week: [Plan; 7],
    /// How many seconds of a week are open when its days begin, and when it ends.
    until: [i64; 8],
    /// In order.
    special: Vec<Special>,
}

/// What opens on a day, as seconds of that day; beyond its end they are those of the day after.
fn own(stretches: &[Stretch]) -> impl Iterator<Item = Stretch> {
    let cut = stretches.iter().map(|(from, to)| (*from, (*to).min(DAY)));
    cut.filter(|(from, to)| from < to)
}

/// What of a day's hours lies beyond its midnight, as seconds of the day after.
fn spilt(stretches: &[Stretch]) -> impl Iterator<Item = Stretch> {
    let beyond = stretches.iter().filter(|(_, to)| *to > DAY);
    beyond.map(|(from, to)| ((*from - DAY).max(0), to - DAY))
}

/// In which week a day lies, and as which of its days; 0 is Monday.
fn week_and_day(day: i64) -> (i64, usize) {
    // 1 January 1970 was a Thursday.
    let week = (day + 3).div_euclid(7);
    (week, usize::try_from(day + 3 - week * 7).unwrap_or(0))
}

/// The day of the week, 0 is Monday.
fn weekday(day: i64) -> usize {
    week_and_day(day).1
}

impl Hours {
    /// The hours of a week, Monday first, and those of special days instead. What begins on a day belongs to it, also
    /// beyond midnight. `None` when a week has no open second.
    pub(super) fn new(week: &[Vec<Stretch>; 7], special: &[(i64, Vec<Stretch>)]) -> Option<Self> {
        let mut hours = Self::default();
        let mut sum = 0;
        for (day, plan) in hours.week.iter_mut().enumerate() {
            let night = week.get((day + 6) % 7).map(|day| spilt(day));
            let here = week.get(day).map(|day| own(day));
            *plan = Plan::new(
                night
                    .into_iter()
                    .flatten()
                    .chain(here.into_iter().flatten())
                    .collect(),
            );
            sum += plan.total;
            if let Some(until) = hours.until.get_mut(day + 1) {
                *until = sum;
            }
        }
        if sum == 0 {
            return None;
        }
        let begins = |day: i64| -> &[Stretch] {
            match special.binary_search_by_key(&day, |(day, _)| *day) {
                Ok(at) => special.get(at).map_or(&[], |(_, own)| own),
                Err(_) => week.get(weekday(day)).map_or(&[], |own| own),
            }
        };
        let mut days: Vec<i64> = special
            .iter()
            .flat_map(|(day, _)| [*day, *day + 1])
            .collect();
        days.sort_unstable();
        days.dedup();
        let mut shift = 0;
        for day in days {
            let plan = Plan::new(spilt(begins(day - 1)).chain(own(begins(day))).collect());
            let before = hours.regular(day) + shift;
            shift += plan.total - hours.week.get(weekday(day)).map_or(0, |plan| plan.total);
            hours.special.push(Special {
                day,
                plan,
                before,
                shift,
            });
        }
        Some(hours)
    }

    /// How many seconds were open until this day began, if no day was special.
    fn regular(&self, day: i64) -> i64 {
        let (week, weekday) = week_and_day(day);
        let [.., whole] = self.until;
        week * whole + self.until.get(weekday).copied().unwrap_or(0)
    }

    /// How many seconds were open until this moment, and whether it is open itself.
    #[inline]
    pub(super) fn before(&self, moment: i64) -> (i64, bool) {
        let day = moment.div_euclid(DAY);
        self.day(day).before(moment - day * DAY)
    }

    /// The same of two moments, which most often lie in one day.
    #[inline]
    pub(super) fn before_both(&self, one: i64, other: i64) -> [(i64, bool); 2] {
        let days = [one.div_euclid(DAY), other.div_euclid(DAY)];
        let first = self.day(days[0]);
        let before = first.before(one - days[0] * DAY);
        let second = if days[0] == days[1] {
            first
        } else {
            self.day(days[1])
        };
        [before, second.before(other - days[1] * DAY)]
    }

    /// A day, and how many seconds were open until it began.
    fn day(&self, day: i64) -> Day<'_> {
        let at = self.special.partition_point(|special| special.day < day);
        if let Some(special) = self.special.get(at).filter(|special| special.day == day) {
            return Day {
                until: special.before,
                stretches: &special.plan.stretches,
            };
        }
        let passed = at.checked_sub(1).and_then(|at| self.special.get(at));
        let shift = passed.map_or(0, |special| special.shift);
        let (week, weekday) = week_and_day(day);
        let [.., whole] = self.until;
        let until = self.until.get(weekday).copied().unwrap_or(0);
        let plan = self.week.get(weekday);
        Day {
            until: week * whole + until + shift,
            stretches: plan.map_or(&[], |plan| &plan.stretches),
        }
    }

    /// The first moment before which so many seconds were open, counted as [`before`](Hours::before) counts them.
    #[inline]
    pub(super) fn after(&self, seconds: i64) -> i64 {
        let at = self
            .special
            .partition_point(|special| special.before < seconds);
        let passed = at.checked_sub(1).and_then(|at| self.special.get(at));
        let mut shift = 0;
        if let Some(special) = passed {
            if special.before + special.plan.total >= seconds {
                return special.day * DAY + special.plan.after(seconds - special.before);
            }
            shift = special.shift;
        }
        let [.., week] = self.until;
        // Of a whole number of weeks the last one counts, whose end is when its last hour closes.
        let weeks = (seconds - shift - 1).div_euclid(week);
        let rest = seconds - shift - weeks * week;
        let passed = self
            .until
            .partition_point(|until| *until < rest)
            .saturating_sub(1);
        let until = self.until.get(passed).copied().unwrap_or(0);
        let second = self
            .week
            .get(passed)
            .map_or(DAY, |plan| plan.after(rest - until));
        let day = weeks * 7 - 3 + i64::try_from(passed).unwrap_or(0);
        day * DAY + second
    }

    /// The longest time in a row that special days keep closed: when it begins and ends.
    pub(super) fn longest_closed(&self) -> Option<(i64, i64)> {
        let closed = self
            .special
            .iter()
            .filter(|special| special.plan.total == 0);
        let around = closed.map(|special| {
            let opens = self.after(special.before + 1) - 1;
            (self.after(special.before), opens)
        });
        around.max_by_key(|(closes, opens)| opens - closes)
    }
}
