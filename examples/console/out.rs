//! Where everything is printed: results on standard output, remarks and progress on standard error.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use sociable::client::{Notice, Observer};

/// Prints lines for people, or JSON.
#[derive(Clone, Debug)]
pub(crate) struct Out {
    json: bool,
    bar: Arc<Mutex<Option<ProgressBar>>>,
}

impl Out {
    pub(crate) fn new(json: bool) -> Self {
        Self {
            json,
            bar: Arc::default(),
        }
    }

    /// One result. A reader that has gone away (`| head`) is no failure of what was asked.
    pub(crate) fn line(&self, json: Value, human: impl FnOnce() -> String) {
        let text = if self.json { json.to_string() } else { human() };
        self.beside_bar(|| {
            let _ = writeln!(std::io::stdout(), "{text}");
        });
    }

    /// A remark that is no result.
    pub(crate) fn remark(&self, text: impl std::fmt::Display) {
        self.beside_bar(|| {
            let _ = writeln!(std::io::stderr(), "{text}");
        });
    }

    /// Shows on a terminal that something takes its time, and what for. It vanishes with the guard.
    #[must_use]
    pub(crate) fn progress(&self, what: &'static str, of: Option<u64>) -> Progress {
        let bar = ProgressBar::with_draw_target(of, ProgressDrawTarget::stderr());
        let form = match of {
            Some(_) => "{msg} [{bar:30}] {pos}/{len}",
            None => "{spinner} {msg} {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(form) {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        *self.bar() = Some(bar.clone());
        Progress {
            bar,
            out: self.clone(),
        }
    }

    fn beside_bar(&self, print: impl FnOnce()) {
        match self.bar().as_ref() {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn bar(&self) -> std::sync::MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What only reports need.
#[cfg(all(feature = "promo", feature = "embedded"))]
impl Out {
    /// One result, where lines are for scripts: people are shown it otherwise.
    pub(crate) fn for_scripts(&self, json: Value) {
        if self.json {
            self.line(json, String::new);
        }
    }
}

/// Something that takes its time.
pub(crate) struct Progress {
    bar: ProgressBar,
    out: Out,
}

impl Progress {
    pub(crate) fn step(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        *self.out.bar() = None;
    }
}

/// The client says when a call waits; on a terminal the bar shows it.
impl Observer for Out {
    fn notice(&self, notice: &Notice<'_>) {
        let said = match notice {
            Notice::Waiting {
                network,
                operation,
                until: Some(until),
                ..
            } => {
                format!("{network}: {operation} waits until {until} for its limit")
            }
            Notice::Waiting {
                network, operation, ..
            } => format!("{network}: {operation} waits for its limit"),
            Notice::Retrying {
                network,
                operation,
                wait,
                ..
            } => {
                format!(
                    "{network}: {operation} is tried again in {} s",
                    wait.as_secs_f32().ceil()
                )
            }
            Notice::Attempt {
                network, operation, ..
            } => format!("{network}: {operation}"),
            _ => return,
        };
        if let Some(bar) = self.bar().as_ref() {
            bar.set_message(said);
        }
    }
}
