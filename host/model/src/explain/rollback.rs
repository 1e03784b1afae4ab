//! Pages of the rollback phase: the way back failed, so a person decides.

use super::Page;

pub(super) const RELEASE_MISSING: Page = Page {
    title: "There is no release to go back to, or its artifact is gone",
    cause: "A rollback starts the artifact that an earlier success left; it never builds. Either this resource never \
            had another success, or its artifact was removed: `rollback.keep` lets go of old ones, and a hand may \
            have deleted files of the state directory.",
    look: &[
        "`shipway status NAME` lists the releases and which of them are still available.",
        "The failure's input: which release was looked for.",
    ],
    remedies: &[
        "Return to one that is available: `shipway rollback NAME --to DEPLOYMENT`.",
        "Deploy the earlier source again: check out that commit, then `shipway deploy SOURCE`.",
        "Keep more releases from now on: `rollback.keep` in shipway.toml.",
    ],
};

pub(super) const RELEASE_START_FAILED: Page = Page {
    title: "The earlier release does not start any more",
    cause: "Its artifact is there, and its process does not come up. The release has not changed, so its surroundings \
            have: a program of the server was upgraded or removed, a secret or variable is gone, a database was \
            migrated past it, the port is taken, the disk is full.",
    look: &[
        "The diagnostics file that the output names: it was saved before anything else was done.",
        "`shipway logs ID` of the rollback for the app's own words.",
        "`shipway doctor` for the server's side.",
    ],
    remedies: &[
        "Restore what the release needs, then `shipway rollback NAME` again.",
        "Return to another release: `shipway status NAME` lists them, `shipway rollback NAME --to DEPLOYMENT`.",
        "Correct the new version and deploy it: `shipway deploy SOURCE`.",
    ],
};

pub(super) const RELEASE_VERIFY_FAILED: Page = Page {
    title: "The earlier release runs and fails its own checks",
    cause: "It was healthy when it succeeded, so what it depends on has changed: a database that was migrated past it \
            (data is never rolled back), a service that is down, a secret that was renewed. When everything fails \
            alike, old and new, the fault is in the surroundings.",
    look: &[
        "`shipway health NAME`: which part fails now.",
        "The diagnostics file that the output names, and `shipway logs ID` of the rollback.",
        "Whether a release command ran in between: `shipway events ID` of the failed deployment.",
    ],
    remedies: &[
        "Restore what both releases need; then `shipway rollback NAME`.",
        "When a migration stands in the way, go forward instead: correct the new version and `shipway deploy SOURCE`.",
        "Return to another release: `shipway rollback NAME --to DEPLOYMENT`.",
    ],
};
