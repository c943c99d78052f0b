//! A Bluesky network as a state machine.
