//! Detector and planner in one component; and the types of the contract, which the other worlds share.
//!
//! Nothing but what wit-bindgen makes of `app-plugin` in `wit/`. A crate per world, because the export macros of one
//! crate share a namespace and every world exports `about`. Plugins use the SDK, never this crate.
#![allow(clippy::all)]

wit_bindgen::generate!({
    path: "../../../../wit/0.1.0",
    world: "app-plugin",
    pub_export_macro: true,
    default_bindings_module: "world_app",
    additional_derives: [PartialEq],
});
