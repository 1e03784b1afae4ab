//! Pages of the detect phase: the source, and what it is.

use super::Page;

pub(super) const SOURCE_UNREADABLE: Page = Page {
    title: "The source cannot be read",
    cause: "The path does not exist, is not a directory, holds something that is neither a file nor a directory, or \
            may not be read by the user that the host runs as. A symbolic link that leads out of the source is \
            refused, too: what it points to would not be part of the snapshot. When a host runs, it reads the source \
            itself, as its own user, which may not be you.",
    look: &[
        "The path in the failure's input: `ls -la` it as the host's user.",
        "Whether a parent directory denies access (home directories often have mode 0700).",
        "Whether the file named in the message is a symbolic link, a FIFO, a socket or a device.",
    ],
    remedies: &[
        "Correct the path and try `shipway detect SOURCE`, which has no effects.",
        "Give the host's user read access to the source.",
        "Leave out what need not be deployed: list it in `.shipwayignore` or in `source.ignore`.",
    ],
};

pub(super) const SOURCE_TOO_LARGE: Page = Page {
    title: "The source is larger than the host takes",
    cause: "A source is copied whole before anything is decided, so its size is bounded: 200,000 entries, 4 GiB in \
            all, 64 directories deep. Nearly always something is in the folder that is not source: installed \
            dependencies, build output, data, media, another checkout.",
    look: &[
        "The failure's message: it names the bound, what was found, and the directory where it was hit.",
        "`du -xh --max-depth=2 SOURCE | sort -h | tail` shows what is large.",
    ],
    remedies: &[
        "List what is not source in `.gitignore`, in `.shipwayignore`, or in `source.ignore` of shipway.toml.",
        "Deploy only the app's directory: `shipway deploy SOURCE --base DIR`.",
    ],
};

pub(super) const GIT_REF_NOT_FOUND: Page = Page {
    title: "The git ref does not exist",
    cause: "The repository was reached, and it has no branch, tag or commit of that name. A commit that no branch or \
            tag leads to may not be fetched by many servers, and a branch that was never pushed is only on your \
            machine.",
    look: &[
        "`git ls-remote URL` lists what the server really has.",
        "The spelling, and whether the branch was renamed or deleted (`main` or `master`?).",
    ],
    remedies: &["Push the branch or tag.", "Name another one: `shipway deploy SOURCE --ref REF`."],
};

pub(super) const GIT_AUTH_FAILED: Page = Page {
    title: "The git server refused the credentials",
    cause: "The server asked for credentials, and there were none or they do not hold: a token that expired, a deploy \
            key that was not added, an ssh agent that the host's user does not have. Many servers answer the same for \
            a private repository that does not exist.",
    look: &[
        "`git ls-remote URL` as the host's user, not as yourself.",
        "Whether the token or key may read this very repository.",
    ],
    remedies: &[
        "Renew the token or add the deploy key at the server.",
        "Check the repository's address: a misspelt one looks the same.",
        "Clone it yourself and deploy the folder: `shipway deploy ./FOLDER`.",
    ],
};

pub(super) const ARCHIVE_UNSAFE: Page = Page {
    title: "The archive breaks a rule or a bound",
    cause: "An archive is untrusted input. It is refused whole when an entry has an absolute path or `..`, is a device \
            or a link out of the archive, exists twice or differs only in upper and lower case, or when it unpacks to \
            more than the stated bounds allow. Nothing of it was unpacked outside its own directory.",
    look: &[
        "The failure's input: it names the entry and the rule.",
        "`tar -tvf FILE` or `unzip -l FILE` lists the entries.",
    ],
    remedies: &[
        "Make the archive again from inside the folder, with relative paths only: `tar -C FOLDER -czf app.tar.gz .`.",
        "Unpack it yourself, look at what is there, and deploy the folder.",
    ],
};

pub(super) const BASE_DIRECTORY_MISSING: Page = Page {
    title: "The base directory does not exist in the source",
    cause: "`source.base` or `--base` names the app's directory relative to the root of the source. There is no such \
            directory in the snapshot: it is misspelt, it is relative to something else, it is a file, or an ignore \
            rule leaves it out.",
    look: &[
        "The failure's input: the directory that was looked for.",
        "`.gitignore` and `.shipwayignore` on the way to it: an ignored directory is not part of the snapshot.",
        "Upper and lower case: they are different here even when they were not on your machine.",
    ],
    remedies: &[
        "Name it relative to the source's root: `shipway detect SOURCE --base apps/web`.",
        "Correct or remove `source.base` in shipway.toml.",
    ],
};

pub(super) const APP_TYPE_UNDETECTED: Page = Page {
    title: "No plugin recognises an app here, and the profile does not say what it is",
    cause: "Every plugin whose triggers were seen was asked and none claimed the directory; no `runtime.start`, \
            `runtime.publish` or other strategy was declared either. Often the app is one directory further down, a \
            manifest is misspelt or ignored, or it is a kind of app that no installed plugin knows.",
    look: &[
        "`shipway detect SOURCE --explain` says which plugins were asked and why each did not claim it.",
        "The details of the failure: they name the nearest thing that was seen, such as a misspelt file.",
        "Whether the manifest (package.json, requirements.txt, …) is covered by an ignore rule.",
    ],
    remedies: &[
        "Point at the app's own directory: `shipway deploy SOURCE --base DIR`.",
        "Say how it starts: `shipway deploy SOURCE --set runtime.start='COMMAND'`, or `runtime.start` in shipway.toml.",
        "For files that only need serving: `shipway deploy SOURCE --set runtime.strategy=static`, with \
         `runtime.publish` when they are in a directory of their own.",
        "Add a `Procfile` with a `web:` line.",
    ],
};

pub(super) const APP_TYPE_AMBIGUOUS: Page = Page {
    title: "Several apps are here, and nothing says which one is meant",
    cause: "Two or more plugins claim the same directory as the whole app, or several deployable apps were found in \
            the source (a monorepo). The host does not guess: the wrong one would run and look right for a while.",
    look: &[
        "The candidates in the failure's details, each with its evidence and the one setting that picks it.",
        "`shipway detect SOURCE --explain` for everything that was seen.",
    ],
    remedies: &[
        "Pick by kind: `shipway deploy SOURCE --set runtime.type=node`, or `runtime.type` in shipway.toml.",
        "Pick by directory: `shipway deploy SOURCE --base DIR`, or `source.base` in shipway.toml.",
        "Remove the leftover manifest when one of them is not used any more.",
        "Keep a plugin out of it: `plugins.deny` in shipway.toml.",
    ],
};
