//! Pages of the verify phase. The process did start: these pages never say otherwise.

use super::Page;

pub(super) const PROCESS_EXITED: Page = Page {
    title: "The app ended while it was being verified",
    cause: "It started, and then its process ended: during the checks, or in the stabilisation window after the \
            switch, when the first real requests came. Usual causes: an unhandled error on a request, too little \
            memory, a connection that broke after start.",
    look: &[
        "`shipway logs ID`: the last lines before the end.",
        "The failure's details: exit status or signal, and after how long. SIGKILL is often the kernel, out of memory.",
        "`shipway events ID` for what happened just before: which check, which switch.",
    ],
    remedies: &[
        "Correct the error and deploy again; the earlier release serves meanwhile.",
        "Give the server more memory when the kernel ended the process (`dmesg | tail`).",
        "When it was a moment's fault of something that the app depends on: `shipway retry ID`.",
    ],
};

pub(super) const HEALTH_FAILED: Page = Page {
    title: "The health check answered something else than expected",
    cause: "The process runs and answers, and the answer is not the declared one: another status (404 because the \
            path does not exist, 401 because it asks for a login, 500 because a dependency is missing, 301 because it \
            redirects), or a body without the expected text. It stayed so through the start period and all retries.",
    look: &[
        "The failure's details: what was expected, and what came with its first bytes.",
        "`shipway logs ID` for what the app said when it was asked.",
        "`shipway config show SOURCE` for the health policy that holds, and where it came from.",
    ],
    remedies: &[
        "Name a path that really exists and needs no login: `health.path` in shipway.toml.",
        "Declare the status that it really answers: `health.status`.",
        "When the app needs longer to come up: `health.start_period`; when single answers may fail: `health.retries`.",
        "Correct what the app reports, then deploy again.",
    ],
};

pub(super) const HEALTH_TIMEOUT: Page = Page {
    title: "The health check got no answer in time",
    cause: "The process runs, a connection may even be accepted, and no complete answer came within the time given, \
            through the start period and all retries. The app may still be starting (migrations, caches, a cold \
            interpreter), may wait for a database, or may be blocked.",
    look: &[
        "`shipway logs ID`: does it say that it is ready, and when?",
        "The failure's details: which path, how long, how often.",
        "Load and memory of the server (`uptime`, `free -m`).",
    ],
    remedies: &[
        "Give it more time to come up: `health.start_period` in shipway.toml (default 30s).",
        "Allow slower answers: `health.timeout` (default 5s), or ask a cheaper `health.path`.",
        "Move migrations out of the start into `runtime.release`, which runs before the switch.",
    ],
};

pub(super) const PORT_NOT_LISTENING: Page = Page {
    title: "The app runs, and does not listen where it was told to",
    cause: "The host gives the app its port in the variable PORT (and the address in HOST), or `network.port` says \
            which one it insists on. The process runs, and nothing of it listens there: the port is fixed in the code \
            or in a command, or PORT is read under another name. It may also simply need longer.",
    look: &[
        "The failure's details: the expected port, and the ports on which the process really listens.",
        "`shipway logs ID`: most servers print their address when they start.",
        "`shipway plan SOURCE`: the start command, and how the port reaches it.",
    ],
    remedies: &[
        "Read PORT in the app, or pass it in the command: `runtime.start` with `$PORT`.",
        "When the app insists on a port, say so: `network.port` in shipway.toml.",
        "When it needs longer: `health.start_period`.",
    ],
};

pub(super) const ROUTE_WRONG_RELEASE: Page = Page {
    title: "The route answers, from another release",
    cause: "Every answer to a probe carries the deployment that served it. This one was not the release under \
            verification: another resource claims the same host name and path, something in front of the router \
            caches or has routes of its own, or the switch did not reach this address.",
    look: &[
        "The failure's details: which deployment answered instead.",
        "`shipway status NAME` for the release that the route leads to, `shipway list` for other apps on that name.",
        "A proxy or CDN in front: does it cache this path?",
    ],
    remedies: &[
        "Give each app its own `access.hosts` or `access.path`.",
        "Switch off caching of the checked path in front of the host.",
        "Then `shipway retry ID`. When nothing is in front and nothing else claims the name, please report it.",
    ],
};

pub(super) const ACCESS_URL_UNREACHABLE: Page = Page {
    title: "The public address does not answer",
    cause: "The instance is healthy when it is asked directly, and its public address is not: the name does not lead \
            to this server, a firewall is in between, or the router does not listen where the address says. Names \
            below `.localhost` always lead to the machine that asks.",
    look: &[
        "The failure's input: the exact address; `curl -v` it on the server and from outside.",
        "`getent hosts NAME` on the server: does the name lead here?",
        "`shipway health NAME`: instance, route and address are asked one by one.",
    ],
    remedies: &[
        "Point the DNS record of each name in `access.hosts` to this server.",
        "Open the router's port in the firewall, or let the router listen elsewhere: `shipway serve --http ADDR`.",
        "Remove names from `access.hosts` that do not lead here yet; then deploy again.",
    ],
};

pub(super) const CHECK_FAILED: Page = Page {
    title: "A check of an installed verifier said no",
    cause: "Beside the built-in checks, installed verifier plugins ask questions of their own, and one of the required \
            ones was answered with no. The app runs; the check says what it does not do.",
    look: &[
        "The failure's details: the plugin, the check, what it expected and what it observed.",
        "`shipway status ID` for all checks of the deployment.",
        "`shipway logs ID` for what the app said meanwhile.",
    ],
    remedies: &[
        "Correct what the check found, and deploy again.",
        "When the check does not fit this app, leave the plugin out: `plugins.deny` in shipway.toml.",
    ],
};
