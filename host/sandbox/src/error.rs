//! skeleton
/// Why a component cannot be used as a plugin here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    /// The stable code.
    pub code: model::Code,
    /// For a person.
    pub message: String,
}
impl LoadError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> model::Code {
        self.code
    }
}
