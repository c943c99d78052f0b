use std::sync::Arc;

use super::SocialNetwork;

/// Forwards every method of [`SocialNetwork`](crate::SocialNetwork) to another value, at no cost.
///
/// It stands within an `impl` block: the first word names `self`, the expression is what answers.
///
/// ```
/// # use sociable::SocialNetwork;
/// #[derive(Debug)]
/// struct Logged<N>(N);
///
/// impl<N: SocialNetwork> SocialNetwork for Logged<N> {
///     sociable::forward_network!(this => this.0);
/// }
/// ```
#[macro_export]
macro_rules! forward_network {
    ($this:ident => $inner:expr) => {
        fn profile(&self) -> ::std::sync::Arc<$crate::Profile> {
            let $this = self;
            $crate::SocialNetwork::profile(&$inner)
        }

        fn clock(&self) -> ::std::sync::Arc<dyn $crate::client::Clock> {
            let $this = self;
            $crate::SocialNetwork::clock(&$inner)
        }

        fn listen(
            &self,
            query: $crate::EventQuery,
        ) -> $crate::__private::BoxStream<'_, $crate::Result<$crate::Event>> {
            let $this = self;
            $crate::SocialNetwork::listen(&$inner, query)
        }

        $crate::__forward!($this, $inner, refresh_profile() -> ::std::sync::Arc<$crate::Profile>);
        $crate::__forward!($this, $inner, me() -> $crate::Account);
        $crate::__forward!($this, $inner, account(account: $crate::AccountRef) -> $crate::Account);
        $crate::__forward!($this, $inner, prepare(draft: $crate::Checked<$crate::Draft>) -> $crate::Prepared);
        $crate::__forward!($this, $inner, commit(prepared: $crate::Prepared) -> $crate::Post);
        $crate::__forward!($this, $inner, reconcile(prepared: $crate::Prepared) -> $crate::Reconciled);
        $crate::__forward!($this, $inner, publish(draft: $crate::Draft) -> $crate::Post);
        $crate::__forward!($this, $inner, edit(post: $crate::PostId, edit: $crate::Edit) -> $crate::Post);
        $crate::__forward!($this, $inner, delete(post: $crate::PostId) -> ());
        $crate::__forward!($this, $inner, post(post: $crate::PostId) -> $crate::Post);
        $crate::__forward!($this, $inner, posts(query: $crate::PostQuery) -> $crate::Page<$crate::Post>);
        $crate::__forward!($this, $inner,
            engage(target: $crate::Target, engagement: $crate::Engagement) -> $crate::Engaged);
        $crate::__forward!($this, $inner, audience(query: $crate::AudienceQuery) -> $crate::Page<$crate::Account>);
        $crate::__forward!($this, $inner,
            membership(accounts: [$crate::AccountId]) -> ::std::vec::Vec<$crate::Membership>);
        $crate::__forward!($this, $inner, moderate(moderation: $crate::Moderation) -> ());
        $crate::__forward!($this, $inner,
            conversations(page: $crate::PageRequest) -> $crate::Page<$crate::Conversation>);
        $crate::__forward!($this, $inner,
            messages(conversation: $crate::ConversationId, page: $crate::PageRequest)
                -> $crate::Page<$crate::Message>);
        $crate::__forward!($this, $inner,
            send(to: $crate::Recipient, message: $crate::MessageDraft) -> $crate::Message);
        $crate::__forward!($this, $inner,
            post_metrics(posts: [$crate::PostId])
                -> ::std::vec::Vec<($crate::PostId, $crate::Result<$crate::Metrics>)>);
        $crate::__forward!($this, $inner, account_metrics(period: $crate::Period) -> $crate::Metrics);
        $crate::__forward!($this, $inner,
            promotions(query: $crate::PromotionQuery) -> $crate::Page<$crate::Promotion>);
        $crate::__forward!($this, $inner,
            trending(scope: $crate::TrendScope) -> ::std::vec::Vec<$crate::Trend>);
        $crate::__forward!($this, $inner, events(query: $crate::EventQuery) -> $crate::Events);
    };
}

/// One method of [`forward_network`], in the form that `async_trait` gives it, so that no second box is made.
#[doc(hidden)]
#[macro_export]
macro_rules! __forward {
    ($this:ident, $inner:expr, $method:ident() -> $out:ty) => {
        fn $method<'life0, 'async_trait>(
            &'life0 self,
        ) -> $crate::__private::Answer<'async_trait, $out>
        where
            'life0: 'async_trait,
            Self: 'async_trait,
        {
            let $this = self;
            $crate::SocialNetwork::$method(&$inner)
        }
    };
    ($this:ident, $inner:expr, $method:ident($a:ident: $ta:ty) -> $out:ty) => {
        fn $method<'life0, 'life1, 'async_trait>(
            &'life0 self,
            $a: &'life1 $ta,
        ) -> $crate::__private::Answer<'async_trait, $out>
        where
            'life0: 'async_trait,
            'life1: 'async_trait,
            Self: 'async_trait,
        {
            let $this = self;
            $crate::SocialNetwork::$method(&$inner, $a)
        }
    };
    ($this:ident, $inner:expr, $method:ident($a:ident: $ta:ty, $b:ident: $tb:ty) -> $out:ty) => {
        fn $method<'life0, 'life1, 'life2, 'async_trait>(
            &'life0 self,
            $a: &'life1 $ta,
            $b: &'life2 $tb,
        ) -> $crate::__private::Answer<'async_trait, $out>
        where
            'life0: 'async_trait,
            'life1: 'async_trait,
            'life2: 'async_trait,
            Self: 'async_trait,
        {
            let $this = self;
            $crate::SocialNetwork::$method(&$inner, $a, $b)
        }
    };
}

impl<N: SocialNetwork + ?Sized> SocialNetwork for Arc<N> {
    forward_network!(this => **this);
}

impl<N: SocialNetwork + ?Sized> SocialNetwork for Box<N> {
    forward_network!(this => **this);
}

impl<N: SocialNetwork + ?Sized> SocialNetwork for &N {
    forward_network!(this => **this);
}
