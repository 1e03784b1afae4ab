//! Workspaces: a root that holds several packages. Where the root is no app of its own, the note names the packages,
//! so that one of them can be chosen as base directory.

use crate::manifest::Manifest;
use shipway_sdk::App;

/// Enough for a note that a person reads.
const MAX_SHOWN: usize = 24;

/// The patterns of a workspace root, from `package.json`, `pnpm-workspace.yaml` or `lerna.json`.
#[must_use]
pub(crate) fn patterns(app: &App<'_>, manifest: &Manifest) -> Vec<String> {
    let mut found = manifest.workspaces();
    if found.is_empty() && app.has_file("pnpm-workspace.yaml") {
        found = app.peek("pnpm-workspace.yaml", 64 * 1024).map(|text| packages(&text)).unwrap_or_default();
    }
    if found.is_empty() {
        let lerna = app.json("lerna.json").ok().flatten();
        let list = lerna.as_ref().and_then(|json| json.get(&["packages"])).and_then(serde_json::Value::as_array);
        found = list.into_iter().flatten().filter_map(serde_json::Value::as_str).map(str::to_owned).collect();
    }
    found.retain(|pattern| !pattern.starts_with('!') && pattern != "." && !pattern.contains(".."));
    found.truncate(MAX_SHOWN);
    found
}

/// The directories that these patterns lead to, sorted.
#[must_use]
pub(crate) fn members(app: &App<'_>, patterns: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for pattern in patterns {
        let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
        for path in app.find(&format!("{pattern}/package.json"), 64) {
            if let Some(dir) = path.strip_suffix("/package.json").filter(|dir| !dir.contains("node_modules")) {
                found.push(dir.to_owned());
            }
        }
    }
    found.sort();
    found.dedup();
    found.truncate(MAX_SHOWN);
    found
}

/// The list under `packages:`. The whole of YAML is not needed for a list of globs.
fn packages(text: &str) -> Vec<String> {
    let mut lines = text.lines().skip_while(|line| line.trim_end() != "packages:" && !line.starts_with("packages: ["));
    let Some(head) = lines.next() else { return Vec::new() };
    let clean = |item: &str| item.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned();
    if let Some((_, flow)) = head.split_once('[') {
        return flow.trim_end_matches([']', ' ']).split(',').map(clean).filter(|item| !item.is_empty()).collect();
    }
    let items = lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    items.map_while(|line| line.strip_prefix('-')).map(clean).filter(|item| !item.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_yaml_list_are_read() {
        assert_eq!(
            packages("packages:\n  - 'apps/*'\n  # no\n  - \"pkg\" # yes\nonlyBuilt:\n  - x\n"),
            ["apps/*", "pkg"]
        );
        assert_eq!(packages("packages: [\"a\", 'b/*']\n"), ["a", "b/*"]);
        assert!(packages("catalog:\n  - x").is_empty());
    }
}
