//! skeleton
use crate::{Limits, LoadError};
use model::plugin::PluginInfo;
/// The engine and its ticker. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox {}
#[allow(unused_variables)]
impl Sandbox {
    /// A sandbox with these limits.
    pub fn new(limits: Limits) -> Result<Self, LoadError> {
        todo!()
    }
}
/// What a component says about itself, validated.
pub fn inspect(_component: &[u8]) -> Result<PluginInfo, LoadError> {
    todo!()
}
/// Compiles a component ahead of time, for the baseline processor of this target.
pub fn precompile(_component: &[u8]) -> Result<Vec<u8>, LoadError> {
    todo!()
}
