use std::fmt;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;

use super::scene::Scene;
use crate::error::Error;
use crate::operation::Operation;

/// Why a case ended before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// The adapter does not keep a promise; which, and what it did instead.
    Failed(String),
    /// It could not be played; why.
    PassedOver(String),
}

impl Stop {
    /// The adapter does not keep a promise.
    pub fn failed(why: impl Into<String>) -> Self {
        Self::Failed(why.into())
    }

    /// The case could not be played.
    pub fn passed_over(why: impl Into<String>) -> Self {
        Self::PassedOver(why.into())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(format!("{}: {error}", error.kind().name()))
    }
}

/// What a case comes to.
pub type Verdict = Result<(), Stop>;

type Play = Arc<dyn for<'a> Fn(&'a Scene<'a>) -> LocalBoxFuture<'a, Verdict> + Send + Sync>;

/// One promise, and what proves it.
#[derive(Clone)]
pub struct Case {
    name: String,
    operation: Option<Operation>,
    needs: Vec<Operation>,
    play: Play,
}

impl Case {
    /// A case of this name, which reads as a promise.
    pub fn new<F>(name: impl Into<String>, play: F) -> Self
    where
        F: for<'a> Fn(&'a Scene<'a>) -> LocalBoxFuture<'a, Verdict> + Send + Sync + 'static,
    {
        Self {
            name: name.into(),
            operation: None,
            needs: Vec::new(),
            play: Arc::new(play),
        }
    }

    /// Says which operation it proves. Without one it is played on every network.
    pub fn of(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Says which other operations it uses; where one is not offered, the case is passed over.
    pub fn with(mut self, operations: impl IntoIterator<Item = Operation>) -> Self {
        self.needs.extend(operations);
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The operation that it proves.
    pub fn operation(&self) -> Option<&Operation> {
        self.operation.as_ref()
    }

    /// The other operations that it uses.
    pub(super) fn needs(&self) -> &[Operation] {
        &self.needs
    }

    pub(super) fn play<'a>(&self, scene: &'a Scene<'a>) -> LocalBoxFuture<'a, Verdict> {
        (self.play)(scene)
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case")
            .field("name", &self.name)
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}

/// Ends the case when a condition does not hold.
macro_rules! ensure {
    ($holds:expr, $($why:tt)+) => {
        if !$holds {
            return Err($crate::testing::suite::Stop::Failed(format!($($why)+)));
        }
    };
}

/// Declares cases: `"promise" => function, OPERATION, [NEEDS];`
macro_rules! cases {
    ($($name:literal => $play:path $(, $operation:ident $(, [$($need:ident),*])?)?;)*) => {
        pub(super) fn cases() -> Vec<$crate::testing::suite::Case> {
            vec![$(
                $crate::testing::suite::Case::new($name, |scene| Box::pin($play(scene)))
                    $(.of($crate::operation::Operation::$operation)
                        $(.with([$($crate::operation::Operation::$need),*]))?)?
            ),*]
        }
    };
}

pub(super) use {cases, ensure};
