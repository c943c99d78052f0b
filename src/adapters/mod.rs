//! One folder for each network, each behind a feature of its name.

#[cfg(feature = "bluesky")]
pub mod bluesky;
#[cfg(feature = "memory")]
pub mod memory;
#[cfg(feature = "vk")]
pub mod vk;
#[cfg(feature = "x")]
pub mod x;

use crate::network::Registry;

impl Default for Registry {
    /// Knows every network that is compiled in.
    fn default() -> Self {
        let mut registry = Self::empty();
        #[cfg(feature = "bluesky")]
        registry
            .register("bluesky", |config, client| {
                Ok(std::sync::Arc::new(bluesky::Bluesky::from_config(
                    config, client,
                )?))
            })
            .describe("bluesky", bluesky::described());
        #[cfg(feature = "memory")]
        memory::register_shared(&mut registry);
        #[cfg(feature = "vk")]
        registry
            .register("vk", |config, client| {
                Ok(std::sync::Arc::new(vk::Vk::from_config(config, client)?))
            })
            .describe("vk", vk::described());
        #[cfg(all(feature = "vk", feature = "oauth"))]
        registry.offer_oauth("vk", vk::Vk::login_from_config);
        #[cfg(feature = "x")]
        registry
            .register("x", |config, client| {
                Ok(std::sync::Arc::new(x::X::from_config(config, client)?))
            })
            .describe("x", x::described());
        #[cfg(all(feature = "x", feature = "oauth"))]
        registry.offer_oauth("x", x::X::login_from_config);
        for (feature, compiled_in) in [
            ("bluesky", cfg!(feature = "bluesky")),
            ("memory", cfg!(feature = "memory")),
            ("vk", cfg!(feature = "vk")),
            ("x", cfg!(feature = "x")),
        ] {
            if !compiled_in {
                registry.absent(feature);
            }
        }
        registry
    }
}
