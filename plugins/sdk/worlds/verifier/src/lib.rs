//! A verifier, with the probes.
//!
//! Nothing but what wit-bindgen makes of `verifier-plugin` in `wit/`. A crate per world, because the export macros of one
//! crate share a namespace and every world exports `about`. Plugins use the SDK, never this crate.
#![allow(clippy::all)]

wit_bindgen::generate!({
    path: "../../../../wit/0.1.0",
    world: "verifier-plugin",
    pub_export_macro: true,
    default_bindings_module: "world_verifier",
    additional_derives: [PartialEq],
        with: {
            "shipway:plugin/types@0.1.0": world_app::shipway::plugin::types,
            "shipway:plugin/log@0.1.0": world_app::shipway::plugin::log,
        },
});
