//! What looking may cost, where a network bills what it tells.

use super::Contest;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Money;
use crate::operation::Operation;
use crate::shared::cap::{reserved, settled};

/// What was put aside for one call: the price of each thing that is told, and how many it was put aside for.
pub(super) type Leave = Option<(Money, u32)>;

impl Contest {
    /// Puts aside what a call costs at most.
    ///
    /// # Errors
    /// `QuotaExhausted` where the network bills it and no cap was given, or the cap would be passed.
    pub(super) async fn may_spend(
        &self,
        account: &str,
        operation: &Operation,
        most: u32,
    ) -> Result<Leave> {
        let profile = self.network(account)?.profile();
        let Some(price) = profile.supports(operation).price else {
            return Ok(None);
        };
        let refused = |why: &str| {
            Error::new(ErrorKind::QuotaExhausted, why.to_owned())
                .with_network(profile.network.clone())
                .with_operation(operation.clone())
                .with_retry(crate::Retry::Never)
        };
        let Some(cap) = self.of.0.settings.max_cost else {
            return Err(refused(
                "the network bills this, and the contests have no `max_cost`",
            ));
        };
        self.change(|head| {
            let sum = reserved(head.spent, price, most, cap);
            let over = || refused("one more call could pass the contests' `max_cost`");
            head.spent = Some(sum.ok_or_else(over)?);
            Ok(())
        })
        .await?;
        Ok(Some((price, most)))
    }

    /// Gives back what a call was put aside for and did not cost: each thing told is billed, or the call.
    pub(super) async fn spent(&self, leave: Leave, told: usize) -> Result<()> {
        let Some((price, most)) = leave else {
            return Ok(());
        };
        self.change(|head| {
            head.spent = settled(head.spent, price, most, told);
            Ok(())
        })
        .await?;
        Ok(())
    }
}
