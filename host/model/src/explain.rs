//! The pages of `shipway explain CODE`: cause, what to look at, remedies.

/// One page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// What it means, in one line.
    pub title: &'static str,
    /// Why it happens.
    pub cause: &'static str,
    /// Where to look, in order.
    pub look: &'static [&'static str],
    /// What to do, in order.
    pub remedies: &'static [&'static str],
}
