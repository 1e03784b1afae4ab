//! Which symbolic links a snapshot keeps: those that lead to something in it. Every other one would mean something else
//! wherever the snapshot is laid out, or lead out of there.

use crate::{
    Kind, SourceError,
    error::shown,
    index::{Index, Lost},
};

/// Refuses the first link, in the order of the paths, that does not lead to something in the index.
pub(crate) fn check(index: &Index) -> Result<(), SourceError> {
    let mut refused = None;
    index.visit(0, |path, node| {
        if node.kind == Kind::Symlink && refused.is_none() {
            let target = index.target(node.link);
            refused = fault(index, path, target).map(|why| SourceError::Link {
                path: shown(path.as_bytes()),
                target: target.map_or("(not UTF-8)".to_owned(), |target| shown(target.as_bytes())),
                why,
            });
        }
    });
    refused.map_or(Ok(()), Err)
}

fn fault(index: &Index, path: &str, target: Option<&str>) -> Option<&'static str> {
    let Some(target) = target else { return Some("its target is not UTF-8") };
    if target.starts_with('/') {
        return Some("it is absolute, and means something else on another machine");
    }
    match index.resolve(0, path, true) {
        Ok(_) => None,
        Err(Lost::Leaves) => Some("it leaves the source"),
        Err(Lost::Loop) => Some("it leads to itself"),
        Err(Lost::Missing | Lost::NotADirectory) => {
            Some("it leads to nothing in the source (what is ignored is not in it)")
        }
    }
}
