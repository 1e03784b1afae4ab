//! Paths below a root: relative, `/` between parts, nothing that climbs. Parsed before any system call sees them.

/// The longest path that is looked at at all, in bytes; the kernel's own limit.
const LONGEST: usize = 4_096;

/// The one spelling of a path that a person wrote (`./apps//web/` is `apps/web`; the root is the empty text).
/// The error is the rule that it breaks.
pub(crate) fn normal(text: &str) -> Result<String, &'static str> {
    if text.starts_with('/') {
        return Err("is absolute; write it relative to the source");
    }
    if text.contains('\0') || text.len() > LONGEST {
        return Err("is not a usable path");
    }
    let mut out = String::with_capacity(text.len());
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err("has `..` in it, which could leave the source"),
            part => {
                if !out.is_empty() {
                    out.push('/');
                }
                out.push_str(part);
            }
        }
    }
    Ok(out)
}

/// Is it already spelt that way? The empty text is the root.
pub(crate) fn is_normal(text: &str) -> bool {
    text.len() <= LONGEST
        && !text.contains('\0')
        && (text.is_empty() || text.split('/').all(|part| !matches!(part, "" | "." | "..")))
}

/// `dir/name`, or `name` at the root.
pub(crate) fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() {
        return name.to_owned();
    }
    let mut out = String::with_capacity(dir.len() + 1 + name.len());
    out.push_str(dir);
    out.push('/');
    out.push_str(name);
    out
}

/// Is `path` the directory `above` itself or something in it? The root is above everything.
pub(crate) fn is_within(path: &str, above: &str) -> bool {
    above.is_empty() || path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_spelling() {
        assert_eq!(normal("./apps//web/"), Ok("apps/web".into()));
        assert_eq!(normal("."), Ok(String::new()));
        assert_eq!(normal("a..b"), Ok("a..b".into()));
        assert!(is_normal("apps/web") && is_normal("") && !is_normal("apps/") && !is_normal("./a"));
    }

    #[test]
    fn a_path_that_climbs_or_is_absolute_is_refused() {
        for bad in ["/etc", "../x", "a/../b", "a/..", "a\0b", &"x/".repeat(3000)] {
            assert!(normal(bad).is_err(), "{bad:?}");
            assert!(!is_normal(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_neighbour_with_the_same_beginning_is_not_within() {
        assert!(is_within("a/b", "a") && is_within("a", "a") && is_within("x", ""));
        assert!(!is_within("ab", "a"));
    }
}
