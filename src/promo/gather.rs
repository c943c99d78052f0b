//! The networks' reports, gathered.

use std::fmt;
use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt};
use jiff::ToSpan;

use super::dimension::Dimension;
use super::layout::Layout;
use super::report::{LeftOut, Report, Trouble};
use super::row::Row;
use super::tally::Tally;
use crate::client::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{PageRequest, Period, PromotionQuery};
use crate::network::SocialNetwork;
use crate::network::by_name::{ByName, by_name};

/// How many days are asked for one by one at most.
const MOST_DAYS: usize = 400;

/// What paid promotion brought on our accounts. Cheap to clone.
///
/// ```
/// # #[cfg(feature = "memory")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> sociable::Result<()> {
/// use std::sync::Arc;
/// use sociable::adapters::memory::World;
/// use sociable::jiff::{SignedDuration, Timestamp};
/// use sociable::promo::{Dimension, Fact, Layout, Measure, Promo};
/// use sociable::{Currency, Draft, Money, Period, SocialNetwork};
///
/// let world = World::new();
/// world.add_account("shop");
/// let shop = world.network("shop")?;
/// let post = shop.publish(&Draft::text("Fresh tea!")).await?;
/// let until = Timestamp::now();
/// let week = Period::new(until - SignedDuration::from_hours(7 * 24), until);
/// world.promote(&post.id, "tea", week, Money::minor(70_00, Currency::EUR))?;
///
/// let promo = Promo::builder(Layout::by([Dimension::Network, Dimension::Campaign]))
///     .account("shop", Arc::new(shop))
///     .build()?;
/// let report = promo.report(&week).await?;
/// println!("{}", report.table());
/// assert!(report.total.get(Measure::Cpm).is_some());
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "memory"))]
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct Promo(Arc<Inner>);

struct Inner {
    accounts: ByName,
    rows: Vec<Row>,
    layout: Layout,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Promo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promo")
            .field("accounts", &self.0.accounts.keys())
            .field("layout", &self.0.layout)
            .finish_non_exhaustive()
    }
}

/// Settings for a [`Promo`]. What is wrong with them shows on [`build`](Self::build).
#[must_use]
pub struct PromoBuilder {
    accounts: Vec<(String, Arc<dyn SocialNetwork>)>,
    rows: Vec<Row>,
    layout: Layout,
    clock: Option<Arc<dyn Clock>>,
}

impl fmt::Debug for PromoBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.accounts.iter().map(|(name, _)| name);
        f.debug_struct("PromoBuilder")
            .field("accounts", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl PromoBuilder {
    /// Adds an account of ours under the name that reports call it by.
    pub fn account(mut self, name: impl Into<String>, network: Arc<dyn SocialNetwork>) -> Self {
        self.accounts.push((name.into(), network));
        self
    }

    /// Adds rows of your own: what your shop sold, what another network's file says. They come into the lines whose
    /// dimensions they name; [`Layout::same`] translates names.
    pub fn rows(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// Goes by this clock; by default by that of the first account.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// `Config` where two accounts have one name, or the layout contradicts itself.
    pub fn build(self) -> Result<Promo> {
        self.layout.check()?;
        let (accounts, clock) = by_name(self.accounts, self.clock)?;
        Ok(Promo(Arc::new(Inner {
            accounts,
            rows: self.rows,
            layout: self.layout,
            clock,
        })))
    }
}

/// What comes from an account.
#[derive(Debug)]
#[non_exhaustive]
pub enum Gathered {
    /// A row.
    Row(Box<Row>),
    /// Something that the network left out.
    LeftOut(LeftOut),
    /// The account failed; nothing more comes from it for this period.
    Trouble(Trouble),
}

impl Promo {
    /// Settings for reports of this layout.
    pub fn builder(layout: Layout) -> PromoBuilder {
        PromoBuilder {
            accounts: Vec::new(),
            rows: Vec::new(),
            layout,
            clock: None,
        }
    }

    /// Asks every account once for the whole period. All are asked at once; one that fails is told in the report, and
    /// holds back no other.
    ///
    /// Networks measure by their own days and hours, so that a row may speak of a slightly longer time than was asked
    /// for: its own period tells.
    ///
    /// # Errors
    /// `Config` where the period ends before it begins, a row of yours contradicts itself, or a sum is too large to
    /// be told.
    pub async fn report(&self, period: &Period) -> Result<Report> {
        self.gather(period, self.0.layout.clone(), vec![*period])
            .await
    }

    /// Asks every account for each day of the period, in the layout's zone, and puts the days before the layout's
    /// other dimensions: what charts over time are made of. It costs a call or more for each account and day. Days
    /// that lie ahead are not asked for.
    ///
    /// A network that counts by days of its own (VK by those of Moscow) is asked well in that zone alone: in another,
    /// its days overlap, and each overlap is told.
    ///
    /// # Errors
    /// As [`report`](Self::report), and `Config` where the period has more than 400 days.
    pub async fn daily(&self, period: &Period) -> Result<Report> {
        let days = self.days(period)?;
        let mut layout = self.0.layout.clone();
        layout.by.retain(|dimension| !dimension.is_time());
        layout.by.insert(0, Dimension::Day);
        self.gather(period, layout, days).await
    }

    fn days(&self, period: &Period) -> Result<Vec<Period>> {
        ordered(period)?;
        let zone = &self.0.layout.zone;
        let outside = |_| Error::config("the period lies outside of the calendar: name another");
        let end = period.until.min(self.0.clock.now());
        let mut days = Vec::new();
        let mut since = period.since;
        while since < end {
            if days.len() == MOST_DAYS {
                return Err(Error::config(format!(
                    "a report by days has at most {MOST_DAYS} of them: ask for a shorter period"
                )));
            }
            let date = since.to_zoned(zone.clone()).date();
            let next = date.checked_add(1.day()).map_err(outside)?;
            let next = next.to_zoned(zone.clone()).map_err(outside)?.timestamp();
            days.push(Period::new(since, next.min(period.until)));
            since = next;
        }
        Ok(days)
    }

    pub(super) fn accounts(&self) -> &ByName {
        &self.0.accounts
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.0.layout
    }

    async fn gather(&self, period: &Period, layout: Layout, spans: Vec<Period>) -> Result<Report> {
        ordered(period)?;
        let coming = self.stream(spans);
        self.collect(period, layout, &self.0.rows, coming).await
    }

    /// Makes a report of rows of one's own and of what comes.
    pub(super) async fn collect(
        &self,
        period: &Period,
        layout: Layout,
        own: &[Row],
        mut coming: BoxStream<'_, Gathered>,
    ) -> Result<Report> {
        let mut tally = Tally::new(layout)?;
        tally.asked(*period, self.0.clock.now());
        for row in own {
            // What speaks of another time has no part in this report.
            let within = |own: Period| own.since < period.until && period.since < own.until;
            if row.period.is_none_or(within) {
                tally.push(row)?;
            }
        }
        let (mut troubles, mut left_out) = (Vec::new(), Vec::new());
        while let Some(gathered) = coming.next().await {
            match gathered {
                Gathered::Row(row) => tally.push(&row)?,
                Gathered::LeftOut(one) => left_out.push(one),
                Gathered::Trouble(trouble) => troubles.push(trouble),
            }
        }
        let mut report = tally.finish()?;
        // Whoever answers first must not decide the order.
        let place = |account: &str| self.0.accounts.keys().position(|name| name == account);
        troubles.sort_by_cached_key(|trouble: &Trouble| place(&trouble.account));
        left_out.sort_by_cached_key(|one: &LeftOut| (place(&one.account), one.id.clone()));
        // What is left out is left out of each day.
        troubles.dedup();
        left_out.dedup();
        report.troubles = troubles;
        report.left_out = left_out;
        Ok(report)
    }

    /// What the accounts report of these spans, as it comes: page by page, so that nothing is held but a page of each
    /// account.
    pub fn stream(&self, spans: Vec<Period>) -> BoxStream<'_, Gathered> {
        let each = self.0.accounts.iter().map(|(name, network)| {
            let spans = spans.clone();
            let reports = spans
                .into_iter()
                .map(move |span| of_account(name, network, span));
            stream::iter(reports).flatten().boxed()
        });
        stream::select_all(each).boxed()
    }
}

pub(super) fn ordered(period: &Period) -> Result<()> {
    if period.until <= period.since {
        return Err(Error::config(format!(
            "the period ends at {}, and begins at {}: it must end later",
            period.until, period.since
        )));
    }
    Ok(())
}

/// Where the reading of an account stands.
enum Next {
    Page(PageRequest),
    Over,
}

/// What an account reports of a span, page by page.
fn of_account<'a>(
    name: &'a str,
    network: &'a Arc<dyn SocialNetwork>,
    span: Period,
) -> impl stream::Stream<Item = Gathered> + Send + 'a {
    let pages = stream::unfold(Next::Page(PageRequest::first()), move |next| async move {
        let Next::Page(request) = next else {
            return None;
        };
        let before = request.cursor.clone();
        let query = PromotionQuery::new(span).page(request);
        let mut gathered = Vec::new();
        let page = match network.promotions(&query).await {
            Ok(page) => page,
            Err(error) => {
                gathered.push(Gathered::Trouble(Trouble::new(name, &error)));
                return Some((gathered, Next::Over));
            }
        };
        let profile = network.profile();
        for promotion in &page.items {
            gathered.push(match Row::of_promotion(&profile.network, name, promotion) {
                Ok(row) => Gathered::Row(Box::new(row)),
                Err(error) => {
                    Gathered::LeftOut(LeftOut::of_error(name, promotion.id.as_str(), &error))
                }
            });
        }
        for omitted in page.omitted {
            gathered.push(Gathered::LeftOut(LeftOut::of(name, omitted)));
        }
        let next = match page.next {
            None => Next::Over,
            Some(cursor) if before.as_ref() == Some(&cursor) => {
                let error = Error::new(
                    ErrorKind::Decode,
                    "the list of promotions does not move on: what was read so far is good, the rest cannot be had now",
                );
                gathered.push(Gathered::Trouble(Trouble::new(name, &error)));
                Next::Over
            }
            Some(cursor) => Next::Page(PageRequest::first().after(cursor)),
        };
        Some((gathered, next))
    });
    pages.map(stream::iter).flatten()
}
