//! Pages of the execute phase: building, starting, preparing the route. The release that served before still serves.

use super::Page;

pub(super) const BUILD_FAILED: Page = Page {
    title: "A build step ended with an error",
    cause: "The step ran and its own exit status says that it failed. The cause is in its output, nearly always in \
            the first error, not in the last line. Usual ones: a dependency that cannot be fetched, a lockfile that \
            does not fit its manifest, a test or type check in the build, a file that an ignore rule left out, a \
            variable that exists on your machine only.",
    look: &[
        "`shipway logs ID --phase build` for the whole output, from the top.",
        "The failure's input: the step and its command; its details: exit status and last lines.",
        "`shipway plan SOURCE` for the tools and versions that the step runs with.",
    ],
    remedies: &[
        "Run the same command in a fresh clone of the source: what is not committed is not there either.",
        "Correct the command: `runtime.install` or `runtime.build` in shipway.toml; empty text leaves the step out.",
        "Ask for the version that the app needs: `runtime.tools` in shipway.toml.",
        "When a registry was not reachable for a moment: `shipway retry ID`.",
    ],
};

pub(super) const BUILD_TIMEOUT: Page = Page {
    title: "The build took longer than it may",
    cause: "A build may take one hour. Longer ones wait for something that does not come (a prompt, a watcher, a \
            server that was started in the foreground, a network that drops packets), or the machine has too little \
            memory and swaps. The step and everything that it started was ended.",
    look: &[
        "`shipway logs ID --phase build`: what was the last thing it said?",
        "Memory and load of the server while it builds (`free -m`, `uptime`).",
    ],
    remedies: &[
        "Make the command end by itself: no watch mode, no development server, no question to a person.",
        "Build elsewhere and deploy the result: `runtime.strategy` `static`, or `runtime.build` empty.",
        "Give the server more memory, or swap.",
    ],
};

pub(super) const TOOL_MISSING: Page = Page {
    title: "A program that the plan needs is not on this server",
    cause: "The process target builds and runs with the programs of the server. One of them is not on the PATH of the \
            host's user, or not in the version that the project asks for. A version manager that only an interactive \
            shell sets up (nvm, pyenv, asdf) is not seen by a service.",
    look: &[
        "The failure's input: the program, the version that was asked for, and where it was asked for.",
        "`shipway doctor` lists what the host finds, and where.",
        "The PATH of the host's process, which is not that of your shell.",
    ],
    remedies: &[
        "Install the program on the server, in a place that the host's PATH has, such as /usr/local/bin.",
        "Start the host with the right PATH: `PATH=/opt/node/bin:$PATH shipway serve`.",
        "When another version will do, say so: `runtime.tools` in shipway.toml.",
    ],
};

pub(super) const IMAGE_PULL_FAILED: Page = Page {
    title: "An image could not be pulled",
    cause: "The registry does not know the name or tag, refuses the credentials, limits the rate, or cannot be \
            reached from the server; or the image does not exist for this processor.",
    look: &[
        "The failure's details: the registry's own answer.",
        "`docker pull IMAGE` on the server, as the host's user.",
    ],
    remedies: &[
        "Correct the image's name or tag.",
        "Log in to the registry on the server.",
        "When the registry was not reachable or limited the rate: `shipway retry ID`.",
    ],
};

pub(super) const START_FAILED: Page = Page {
    title: "The new instance could not be started at all",
    cause: "The start command could not be executed: the program does not exist in the build, is not executable, has \
            an interpreter line that leads nowhere, or the release command before it failed. The app itself did not \
            run. What served before still serves.",
    look: &[
        "The failure's input: the command, and the directory that it was started in.",
        "`shipway logs ID` for what was written until then, `shipway logs ID --phase build` for what the build left.",
        "`shipway plan SOURCE` for where the command came from.",
    ],
    remedies: &[
        "Correct the command: `runtime.start` in shipway.toml, relative to the app's directory.",
        "Make the file executable in the source (`git update-index --chmod=+x FILE`), or name its interpreter.",
        "When the release command failed: correct `runtime.release`, and look at what it did before it failed.",
    ],
};

pub(super) const EXITED_EARLY: Page = Page {
    title: "The app started and ended before it could be verified",
    cause: "The process ran and then ended by itself. Usual causes: a variable or secret that it needs is not set, a \
            database that it cannot reach, a module that is not installed, a port that it takes from somewhere else \
            than PORT, or a command that puts the server into the background and ends.",
    look: &[
        "`shipway logs ID`: the last lines say why, in the app's own words.",
        "The failure's details: the exit status, or the signal. 137 or SIGKILL is often too little memory.",
        "`shipway config show SOURCE`: are all variables of `env` and `secrets` there?",
    ],
    remedies: &[
        "Set what is missing: `env` or `secrets` in shipway.toml.",
        "Keep the server in the foreground: no `&`, no `--daemon`, no process manager around it.",
        "Correct the command: `runtime.start` in shipway.toml.",
        "When it waited for something that is there by now: `shipway retry ID`.",
    ],
};

pub(super) const PORT_CONFLICT: Page = Page {
    title: "Somebody else holds the port",
    cause: "The plan insists on a port, and another process of this server listens there: another app, an earlier \
            instance that was started by hand, or the release that serves now. With a fixed port the old and the new \
            instance cannot run side by side.",
    look: &[
        "`ss -ltnp 'sport = :PORT'` on the server shows who listens.",
        "`shipway list` for the apps of this host.",
        "Where the port was said: `shipway config show SOURCE`, and the decisions of `shipway plan SOURCE`.",
    ],
    remedies: &[
        "Remove `network.port` and let the app listen on the PORT that the host gives it: no conflict, and no \
         downtime when it is deployed again.",
        "Stop the other process; when it is an app of this host: `shipway stop NAME`.",
        "Choose another port: `shipway deploy SOURCE --set network.port=3001`.",
    ],
};

pub(super) const RESOURCE_EXHAUSTED: Page = Page {
    title: "Disk space, inodes or memory ran out",
    cause: "The server has no room left for what was to be written or run: snapshots, builds and releases take disk \
            space and many inodes, builds take memory. What was half written was removed; what serves still serves.",
    look: &[
        "The failure's message: which of the three, where, and how much was needed.",
        "`df -h` and `df -i` for the file system of the state directory, `free -m` for memory, `dmesg | tail` for a \
         process that the kernel ended.",
        "`shipway doctor` for what the host itself uses.",
    ],
    remedies: &[
        "Free space; then `shipway retry ID`.",
        "Keep fewer releases: `rollback.keep` in shipway.toml. Old ones go with the next success.",
        "Remove apps that are not used any more: `shipway remove NAME` lists what goes before it asks.",
        "Move the state to a larger disk: stop the host, copy the directory, `shipway serve --state DIR`.",
    ],
};

pub(super) const TARGET_UNREACHABLE: Page = Page {
    title: "The target does not answer",
    cause: "The place where the app is to run cannot be asked: the Docker daemon is not running or its socket is not \
            accessible to the host's user, or the supervisor of an instance does not answer. It was tried again \
            until a deadline. Nothing was rolled back for it: an app that cannot be asked is not an app that is down.",
    look: &[
        "`shipway doctor` asks every part of the target.",
        "The failure's input: which socket or address.",
        "Whether the host's user may use it (`docker ps` as that user).",
    ],
    remedies: &[
        "Start the daemon, or give the host's user access to its socket.",
        "Then `shipway retry ID`: same snapshot, same plan.",
        "Use the target that needs no daemon: `target` `process` in shipway.toml.",
    ],
};

pub(super) const CREDENTIALS_REJECTED: Page = Page {
    title: "A secret or credential does not hold",
    cause: "A secret that the profile names cannot be read where the host runs (the variable is not set in the host's \
            environment, the file is missing or not readable for its user), or a registry or target refused the \
            credentials it was given. Values are resolved on the server, not on the machine that you deploy from.",
    look: &[
        "The failure's input: which secret and which source, never its value.",
        "The environment of the host's process (its service unit), or the file's owner and mode.",
        "`secrets` in shipway.toml.",
    ],
    remedies: &[
        "Set the variable where the host is started, and restart the host: apps keep running.",
        "Use a file that only the host's user can read: `KEY = \"file:/etc/shipway/key\"` in `secrets`.",
        "Then `shipway retry ID`.",
    ],
};

pub(super) const ROUTE_FAILED: Page = Page {
    title: "The route could not be prepared or moved, or does not lead to the app",
    cause: "The host's router could not be told to lead to the new instance, or a request through it did not come \
            back from there. Another resource may hold the same host name and path, or the instance closed the \
            connection. As long as the switch has not happened, the old release answers.",
    look: &[
        "`shipway health NAME` shows route and instance separately: which of the two fails?",
        "`shipway list` for another app with the same host name; `access.hosts` and `access.path` in shipway.toml.",
        "`shipway logs ID` for what the app said while it was asked.",
    ],
    remedies: &[
        "Give each app its own `access.hosts` or `access.path`.",
        "Look whether the app answers plain HTTP on its port: the router speaks no TLS to it.",
        "Then `shipway retry ID`.",
    ],
};
