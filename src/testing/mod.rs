//! What proves an adapter: the behaviour suite, stages to play it on, and servers on loopback.
//!
//! An adapter's author builds a [`Stage`](stage::Stage) (two identities on one network, and what can be done to it)
//! and runs [`suite::run`] on it. The cases follow from the [`Profile`](crate::Profile): what it declares must work,
//! and what it does not declare must answer [`Unsupported`](crate::ErrorKind::Unsupported) before anything is sent.

#[cfg(feature = "oauth")]
pub mod auth_server;
pub mod loopback;
pub mod stage;
pub mod suite;

/// Runs a future to its end on a runtime of its own, for programs and tests that have none.
///
/// # Errors
/// Where the operating system refuses the runtime.
pub fn block_on<F: Future>(future: F) -> std::io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(future))
}
