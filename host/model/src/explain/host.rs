//! Pages of the host and its surface: configuration, commands, the state directory.

use super::Page;

pub(super) const CONFIG_INVALID: Page = Page {
    title: "A configuration file or a setting is not valid",
    cause: "shipway.toml and `--set` are read strictly: an unknown key, a value of another type or a value that makes \
            no sense is an error and not a guess, because a misspelt key that is ignored would change nothing and \
            look as if it had.",
    look: &[
        "The message: file and line, the key, what was expected, what was found, and the nearest known key.",
        "`shipway config check SOURCE` reads it again, without any effect.",
        "`shipway config schema` prints every key with its meaning, for your editor, too.",
    ],
    remedies: &[
        "Correct the line.",
        "`shipway config show SOURCE` prints what then holds, and where each value comes from.",
    ],
};

pub(super) const USAGE_INVALID: Page = Page {
    title: "The command or the request cannot be understood",
    cause: "A flag, an argument or a body is unknown, missing or malformed. Nothing was done.",
    look: &[
        "The message: which argument, and what it should be.",
        "`shipway help` for all commands; every command has `--help` with its arguments.",
    ],
    remedies: &[
        "Correct the command and run it again.",
        "Put a source whose name begins with `-` behind `--`, or write it as ./-NAME.",
    ],
};

pub(super) const NOT_FOUND: Page = Page {
    title: "There is no resource, deployment or release of that name here",
    cause: "The host was reached and does not know the name. It may be misspelt, removed, or belong to another host \
            or another state directory.",
    look: &[
        "`shipway list` for what this host has; `shipway status NAME` for its deployments and releases.",
        "Which host was asked: `--host` or SHIPWAY_HOST, `--state` or SHIPWAY_STATE. Each user but root has a state \
         directory of their own.",
    ],
    remedies: &[
        "Use a name or an id from `shipway list`.",
        "Ask the right host: `shipway list --state DIR`, or the same command with `sudo` when root runs the host.",
    ],
};

pub(super) const NOT_ALLOWED: Page = Page {
    title: "That cannot be done in the present state",
    cause: "The action is a good one at another moment: a deployment that is over cannot be canceled, one that still \
            runs cannot be retried, a release cannot be returned to while it already serves, something that was \
            never deployed cannot be started.",
    look: &["The message: what stands in the way.", "`shipway status NAME` for where it is now."],
    remedies: &[
        "Wait for the running deployment (`shipway events ID --follow`), or end it: `shipway cancel ID`.",
        "Follow the remedy of the message; it names the action that fits.",
    ],
};

pub(super) const HOST_UNREACHABLE: Page = Page {
    title: "No host answers",
    cause: "The command talks to a running host over its socket, and nobody answers there: no host is running, it \
            runs with another state directory or as another user, or the socket may not be used by you. Apps that \
            were deployed keep running without their host.",
    look: &[
        "The failure's input: the socket or address that was tried.",
        "Whether a host runs, and with which `--state`: `ps -o user,args -C shipway`.",
        "Owner and mode of the socket: only the host's own user and root may use it.",
    ],
    remedies: &[
        "Start a host: `shipway serve`.",
        "Ask the right one: the same command with `--state DIR` or `--host URL`.",
        "To try an app without a host that stays: `shipway up SOURCE`.",
    ],
};

pub(super) const STATE_LOCKED: Page = Page {
    title: "Another host holds the state directory",
    cause: "One host at a time writes to a state directory. The lock belongs to a living process and ends with it, \
            whatever way it ends, so it is never left behind by a crash: another host is really running.",
    look: &[
        "The message: the process that holds it, and the address where it serves.",
        "`ps -o pid,user,lstart,args -C shipway` on the server.",
    ],
    remedies: &[
        "Use the host that runs: `shipway list` and all other commands talk to it.",
        "Stop the other one first; apps keep running and the next host takes them over.",
        "For a second, separate host give it its own directory and port: `shipway serve --state DIR --http ADDR`.",
    ],
};

pub(super) const STATE_UNUSABLE: Page = Page {
    title: "The state directory cannot be used, or its journal is damaged",
    cause: "The host cannot read or write its state (owner, mode, a read-only or failing disk), or journal.db is not \
            what was written: cut, overwritten, restored in part, or made by a newer shipway. The host does not \
            start on doubtful facts, and it never deletes or repairs a damaged journal by itself. Apps that run keep \
            running.",
    look: &[
        "The message: the file, what is wrong with it, and what to do in this very case.",
        "`ls -la DIR`, `df -h DIR` and `dmesg | tail` on the server: owner, space, errors of the disk.",
        "`shipway --version`: did a newer one run here before?",
    ],
    remedies: &[
        "Give the directory to the host's user, or make its disk writable again; then `shipway serve`.",
        "Damaged: stop the host, copy journal.db, journal.db-wal and journal.db-shm away, and restore all three from \
         a backup. `sqlite3 journal.db .recover` saves what can still be read.",
        "Made by a newer version: run that version.",
        "To begin again without history: move the three files away, `shipway serve`, and deploy each app again.",
    ],
};

pub(super) const CANCELED: Page = Page {
    title: "It was ended before it was done",
    cause: "A person canceled the deployment, or the command that followed it was interrupted in a way that ends it, \
            or a newer deployment of the same resource took its place. It counts as ended only after everything that \
            it had begun was cleaned up. What served before serves.",
    look: &[
        "`shipway events ID`: who asked, when, and what was cleaned up.",
        "`shipway status NAME` for what serves now.",
    ],
    remedies: &[
        "Run it again from the same snapshot: `shipway retry ID`.",
        "Deploy the source as it is now: `shipway deploy SOURCE`.",
    ],
};

pub(super) const HOST_INTERNAL: Page = Page {
    title: "A fault of Shipway itself",
    cause: "Something happened that should be impossible, or a limit of the host was hit where nobody expected it. It \
            is not a fault of your app, and it is never reported as one.",
    look: &[
        "The message and its details, word for word.",
        "What the host wrote to its standard error (its service's log) at that time.",
        "`shipway doctor`: space, permissions, and what this machine allows.",
    ],
    remedies: &[
        "Try again: `shipway retry ID`. What runs is not touched by that until the new instance is verified.",
        "Restart the host: apps keep running, and it picks up what was unfinished.",
        "Report it with the output of `shipway events ID --json` and `shipway doctor --json`.",
    ],
};
