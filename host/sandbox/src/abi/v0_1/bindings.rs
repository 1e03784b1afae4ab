//! What wasmtime derives from `wit/0.1.0`: types, host traits, and one lookup per exported interface.
//!
//! The world here exists on the host's side only: it joins every interface, so that each export can be looked for by
//! itself and a component may carry any set of roles. All imports are trappable: a budget that runs out stops the guest.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used, clippy::expect_used)]
// SAFETY: the only unsafe code here is what wasmtime's own derives write (`ComponentType`, `Lift`, `Lower`): their
// contract is that the layout follows the WIT type, and they are generated from that very type.
#![allow(unsafe_code)]

wasmtime::component::bindgen!({
    path: "../../wit/0.1.0",
    inline: "
        package shipway:host;
        world everything {
            import shipway:plugin/source@0.1.0;
            import shipway:plugin/log@0.1.0;
            import shipway:plugin/probe@0.1.0;
            export shipway:plugin/about@0.1.0;
            export shipway:plugin/detector@0.1.0;
            export shipway:plugin/planner@0.1.0;
            export shipway:plugin/verifier@0.1.0;
        }
    ",
    world: "shipway:host/everything",
    imports: { default: trappable },
});
