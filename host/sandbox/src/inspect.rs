//! What a component is, asked of the component itself: compiled, checked against the contract, run once, and believed in
//! nothing that its own type does not confirm. For plugins that are added by path and for the build of built-in ones.

use crate::abi::{Contract, bind};
use crate::call::{self, Session};
use crate::check::{Description, description};
use crate::engine::{compile, compile_ahead};
use crate::{Limits, LoadError, Sandbox};
use model::plugin::PluginInfo;
use sha2::{Digest as _, Sha256};

/// What a component says about itself, validated, under the default limits. `origin` is left empty.
pub fn inspect(component: &[u8]) -> Result<PluginInfo, LoadError> {
    let sandbox = Sandbox::new(Limits::default())?;
    linked(&sandbox, component, "").map(|(info, _)| info)
}

/// Compiles a component ahead of time: native code for the baseline processor of this target, which loads on every
/// machine of the same architecture with the same version of this crate. For [`crate::BuiltIn::compiled`] and nothing
/// else: an artifact is code, and nobody loads one that did not come from here.
pub fn precompile(component: &[u8]) -> Result<Vec<u8>, LoadError> {
    let sandbox = Sandbox::new(Limits::default())?;
    compile_ahead(sandbox.engine()?, component, sandbox.limits())
}

/// Compiles and links a component, and asks it to describe itself.
pub(crate) fn linked(
    sandbox: &Sandbox,
    component: &[u8],
    origin: &str,
) -> Result<(PluginInfo, Box<dyn Contract>), LoadError> {
    let engine = sandbox.engine()?;
    let contract = bind(engine, &compile(engine, component, sandbox.limits())?)?;
    let (said, _) =
        call::run(sandbox, Session::new(sandbox), sandbox.limits().answer_bytes, |store| contract.describe(store));
    let said = said.map_err(|fault| LoadError::Failed { code: fault.code, message: fault.message })?;
    let said = description(sandbox.limits(), contract.roles(), said)
        .map_err(|invalid| LoadError::Description { why: invalid.to_string() })?;
    let Description { name, version, summary, roles, app_types, triggers, always } = said;
    let digest = format!("sha256:{}", hex::encode(Sha256::digest(component)));
    let origin = origin.to_owned();
    Ok((PluginInfo { name, version, summary, roles, app_types, triggers, always, digest, origin }, contract))
}
