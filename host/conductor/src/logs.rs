//! The last lines of an instance's log.

use model::InstanceName;
use targets::Target;

/// The last `lines` lines, oldest first.
pub(crate) fn tail(target: &dyn Target, instance: &InstanceName, lines: usize) -> Vec<String> {
    let mut kept = std::collections::VecDeque::with_capacity(lines);
    let mut cursor = 0;
    loop {
        let page = target.logs(instance, cursor, 1000);
        let done = page.lines.is_empty() || page.cursor == cursor;
        for line in page.lines {
            if kept.len() == lines {
                kept.pop_front();
            }
            kept.push_back(line.text);
        }
        if done {
            return kept.into();
        }
        cursor = page.cursor;
    }
}
