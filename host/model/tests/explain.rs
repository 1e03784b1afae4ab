//! Promises of `shipway explain`: every code has a page that helps, and pages name only what there is.

use model::{Code, explain, profile::known_keys};
use std::{collections::BTreeSet, str::FromStr};

/// The commands of the CLI; a page may name no other.
const COMMANDS: &[&str] = &[
    "up",
    "deploy",
    "detect",
    "plan",
    "list",
    "status",
    "events",
    "logs",
    "health",
    "rollback",
    "retry",
    "cancel",
    "stop",
    "start",
    "remove",
    "serve",
    "doctor",
    "config",
    "explain",
    "completions",
    "man",
    "help",
];

/// The codes of the lifecycle design, by phase.
const LIFECYCLE: &str = "
    source-unreadable source-too-large git-ref-not-found git-auth-failed archive-unsafe base-directory-missing
    app-type-undetected app-type-ambiguous
    plan-incomplete profile-conflict plan-unsupported-by-target plan-invalid
    build-failed build-timeout tool-missing image-pull-failed start-failed exited-early port-conflict
    resource-exhausted target-unreachable credentials-rejected route-failed
    process-exited health-failed health-timeout port-not-listening route-wrong-release access-url-unreachable
    check-failed
    release-missing release-start-failed release-verify-failed
    plugin-trapped plugin-timeout plugin-memory plugin-output-invalid plugin-incompatible plugin-untrusted";

fn texts(page: &explain::Page) -> Vec<&'static str> {
    [page.title, page.cause].into_iter().chain(page.look.iter().copied()).chain(page.remedies.iter().copied()).collect()
}

/// What stands in backticks.
fn quoted(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_code_of_the_lifecycle_exists() {
    for code in LIFECYCLE.split_whitespace() {
        assert!(Code::from_str(code).is_ok(), "{code}");
    }
}

#[test]
fn every_code_has_a_page_that_helps() {
    let mut titles = BTreeSet::new();
    for code in Code::ALL {
        let page = explain::page(*code);
        assert!(titles.insert(page.title), "{code}: the title belongs to another page");
        assert!(page.title.len() > 10 && !page.title.ends_with('.'), "{code}: title");
        assert!(page.cause.len() > 80 && page.cause.ends_with('.'), "{code}: cause");
        assert!(!page.look.is_empty(), "{code}: nowhere to look");
        assert!(!page.remedies.is_empty(), "{code}: nothing to do");
        for text in texts(page) {
            assert!(!text.trim().is_empty() && text.trim() == text && !text.contains("  "), "{code}: {text:?}");
            assert_eq!(text.matches('`').count() % 2, 0, "{code}: {text:?}");
        }
    }
}

#[test]
fn a_page_names_only_commands_that_there_are() {
    let mut named = 0;
    for code in Code::ALL {
        for text in texts(explain::page(*code)) {
            for part in quoted(text).filter_map(|quote| quote.split_once("shipway ").map(|(_, rest)| rest)) {
                let command = part.split_whitespace().next().unwrap_or_default();
                assert!(command.starts_with("--") || COMMANDS.contains(&command), "{code}: `shipway {command}`");
                named += 1;
            }
        }
    }
    assert!(named > 50, "only {named} commands were found: does the test still look at the right places?");
}

#[test]
fn a_page_names_only_settings_that_there_are() {
    let mut named = 0;
    for code in Code::ALL {
        for text in texts(explain::page(*code)) {
            for word in quoted(text).flat_map(|quote| quote.split([' ', '='])) {
                let section = word.split_once('.').map(|(section, _)| section);
                let is_setting =
                    section.is_some_and(|s| known_keys().iter().any(|k| k.key.starts_with(&format!("{s}."))));
                if is_setting {
                    assert!(known_keys().iter().any(|k| k.key == word), "{code}: `{word}`");
                    named += 1;
                }
            }
        }
    }
    assert!(named > 30, "only {named} settings were found: does the test still look at the right places?");
}
