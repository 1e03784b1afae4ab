//! Why a component cannot be used as a plugin here. Written for two readers: the one who uses the plugin (what to do)
//! and the one who writes it (what is wrong).

use model::Code;
use model::plugin::PluginFault;
use std::path::PathBuf;

/// Why a component cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The bytes are something else.
    #[error("not a component: {what}")]
    NotAComponent {
        /// What they are.
        what: &'static str,
    },
    /// Larger than any plugin has a reason to be.
    #[error("the component has {size} bytes, at most {limit} are allowed (limit component)")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The bound in bytes.
        limit: u64,
    },
    /// A component by its first bytes, and broken or using what is switched off.
    #[error("the component is damaged, or uses a WebAssembly proposal that is switched off here: {why}")]
    Malformed {
        /// The parser's or compiler's words.
        why: String,
    },
    /// It needs something that this host does not give to plugins, or not in this version.
    #[error("it imports {import}, {why}")]
    Import {
        /// The name of the import.
        import: String,
        /// Why it is not there, and what to do.
        why: String,
    },
    /// It exports nothing that this host could ask.
    #[error("it is no plugin of this contract: {why}")]
    Exports {
        /// What is missing or of another version, and what to do.
        why: String,
    },
    /// The names fit and the types behind them do not.
    #[error(
        "it was built against another contract than {contract}: {why}; rebuild the plugin against the host's version"
    )]
    Types {
        /// The contract that was tried.
        contract: &'static str,
        /// The linker's words.
        why: String,
    },
    /// What it says about itself breaks the contract.
    #[error("what it says about itself is not valid: {why}")]
    Description {
        /// The field and the rule.
        why: String,
    },
    /// It broke while it was asked about itself.
    #[error("it failed while it was asked about itself: {message}")]
    Failed {
        /// How.
        code: Code,
        /// With used and limit where a limit was hit.
        message: String,
    },
    /// Two plugins of one name were added.
    #[error("two plugins are called {name}: {first} and {second}; keep one")]
    Duplicate {
        /// The name.
        name: String,
        /// Where the first came from.
        first: String,
        /// Where the second came from.
        second: String,
    },
    /// A plugin file cannot be read.
    #[error("cannot be read: {why}")]
    Unreadable {
        /// The operating system's words.
        why: String,
    },
    /// The same, with the file that it was.
    #[error("plugin {}: {error}", path.display())]
    File {
        /// The plugin's file.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<LoadError>,
    },
    /// The engine itself cannot be set up on this machine.
    #[error("the plugin engine does not start: {why}")]
    Engine {
        /// Its words.
        why: String,
    },
}

impl LoadError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            LoadError::Failed { code, .. } => *code,
            LoadError::Description { .. } => Code::PluginOutputInvalid,
            LoadError::File { error, .. } => error.code(),
            LoadError::Engine { .. } => Code::HostInternal,
            _ => Code::PluginIncompatible,
        }
    }
}

impl From<LoadError> for PluginFault {
    fn from(error: LoadError) -> Self {
        PluginFault { code: error.code(), message: error.to_string() }
    }
}
