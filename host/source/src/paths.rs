//! All file paths of a tree, sorted, in one allocation, and the globs asked over them.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Bytes of a glob that are looked at: its compilation is bounded, and this keeps it cheap.
const LONGEST_GLOB: usize = 512;

/// Sorted paths.
#[derive(Default)]
pub(crate) struct Paths {
    text: String,
    ends: Vec<usize>,
}

impl Paths {
    /// Appends a path; paths come sorted.
    pub(crate) fn push(&mut self, path: &str) {
        self.text.push_str(path);
        self.ends.push(self.text.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, i: usize) -> &str {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.text[start..self.ends[i]]
    }

    /// The first `limit` paths that match; `None` when the text is not a glob. Only the paths that begin like the glob
    /// are looked at.
    pub(crate) fn find(&self, glob: &str, limit: usize) -> Option<Vec<String>> {
        if glob.len() > LONGEST_GLOB {
            return None;
        }
        let set = compile(glob)?;
        let literal = &glob[..glob.find(['*', '?', '[', ']', '{', '}', '\\']).unwrap_or(glob.len())];
        let found = (self.first_from(literal)..self.len()).map(|i| self.get(i));
        let found = found.take_while(|path| path.starts_with(literal)).filter(|path| set.is_match(path));
        Some(found.take(limit).map(str::to_owned).collect())
    }

    /// The number of the first path that is not before `text`.
    fn first_from(&self, text: &str) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle) < text { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// A set of one glob: unlike a glob alone it knows the shortcuts for `**/name` and `**/*.ext`.
fn compile(glob: &str) -> Option<GlobSet> {
    let glob = GlobBuilder::new(glob).literal_separator(true).build().ok()?;
    GlobSetBuilder::new().add(glob).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_finds_what_it_says_in_order_and_no_more_than_asked() {
        let mut paths = Paths::default();
        for path in ["Cargo.toml", "a/Cargo.toml", "a/b/Cargo.toml", "a/b/main.rs", "b/.hidden.toml"] {
            paths.push(path);
        }
        let find = |glob: &str| paths.find(glob, 10).unwrap();
        assert_eq!(find("**/Cargo.toml"), ["Cargo.toml", "a/Cargo.toml", "a/b/Cargo.toml"]);
        assert_eq!(find("*/Cargo.toml"), ["a/Cargo.toml"]);
        assert_eq!(find("a/**/*.{rs,py}"), ["a/b/main.rs"]);
        assert_eq!(find("b/*"), ["b/.hidden.toml"]);
        assert_eq!(find("Cargo.toml"), ["Cargo.toml"]);
        assert_eq!(paths.find("**/*", 2).unwrap().len(), 2);
        assert_eq!(paths.find("a[", 2), None);
        assert_eq!(paths.find(&"*".repeat(513), 2), None);
    }
}
