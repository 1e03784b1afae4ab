//! The last lines of an instance's log.

use model::InstanceName;
use targets::Target;

/// The last `lines` lines, oldest first. One page from the end: an app that writes without pause is not run after.
pub(crate) fn tail(target: &dyn Target, instance: &InstanceName, lines: usize) -> Vec<String> {
    target.logs(instance, u64::MAX, lines).lines.into_iter().map(|line| line.text).collect()
}
