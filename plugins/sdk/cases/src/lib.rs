//! Plugin cases: `cases/NAME/` holds a source tree and an `expect.json` that says what a plugin makes of it.
//!
//! The SDK runs them natively, and the host's tests run them again on the real components in the real sandbox: so the
//! format and the comparison live here, once. `docs/plugins.md` describes the format.

mod compare;

pub use compare::differences;

use serde_json::Value;
use std::path::{Path, PathBuf};

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name of its folder.
    pub name: String,
    /// The source tree.
    pub dir: PathBuf,
    /// What is expected.
    pub expect: Value,
}

/// The file in a case's folder that is not part of its source.
pub const EXPECT: &str = "expect.json";

const KEYS: &[&str] = &["about", "detect", "claim", "contributions", "profile", "target", "plan"];

impl Case {
    /// Every case below a folder, sorted by name; an error for a folder without a valid `expect.json`.
    pub fn all(folder: &Path) -> Result<Vec<Case>, String> {
        let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let mut dirs: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect();
        dirs.sort();
        dirs.into_iter().map(Case::load).collect()
    }

    fn load(dir: PathBuf) -> Result<Case, String> {
        let file = dir.join(EXPECT);
        let say = |e: &dyn std::fmt::Display| format!("{}: {e}", file.display());
        let text = std::fs::read_to_string(&file).map_err(|e| say(&e))?;
        let expect: Value = serde_json::from_str(&text).map_err(|e| say(&e))?;
        let keys = expect.as_object().ok_or_else(|| say(&"not an object"))?;
        if let Some(odd) = keys.keys().find(|k| !KEYS.contains(&k.as_str())) {
            return Err(say(&format!("unknown key {odd:?}, known are {}", KEYS.join(", "))));
        }
        if !keys.contains_key("detect") && !keys.contains_key("plan") {
            return Err(say(&"expects nothing: neither \"detect\" nor \"plan\""));
        }
        let name = dir.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Case { name, dir, expect })
    }
}
