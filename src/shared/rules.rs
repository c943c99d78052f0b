//! How the fakes of networks name the rules that they keep.

/// Makes the enum `Rule` of a fake, with `Rule::ALL`, from names and what each of them says.
macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// A rule that the fake keeps, as the network does.
        ///
        /// [`Fake::break_rule`](super::Fake::break_rule) switches one off or turns it over, as its text says: a suite
        /// that proves the rule then fails.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];
        }
    };
}

pub(crate) use rules;
