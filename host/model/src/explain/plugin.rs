//! Pages of faults in plugins. A faulty plugin never takes the host down and never decides by being faulty.

use super::Page;

const OTHERS: &str = "Leave the plugin out, so that others can answer: `plugins.deny` in shipway.toml.";
const REPORT: &str = "Report it to the plugin's author, with the output of `shipway detect SOURCE --explain --json`.";
const WITHOUT: &str = "Say yourself what the plugin would have found: `runtime.start` or `runtime.publish` in \
                       shipway.toml.";
const EVENTS: &str = "`shipway events ID`: the call of the plugin, with its log, its time and its memory.";
const EXPLAIN: &str = "`shipway detect SOURCE --explain` repeats the call without any effect.";

pub(super) const PLUGIN_TRAPPED: Page = Page {
    title: "A plugin crashed",
    cause: "The plugin's own code gave up in the middle of a call: it panicked, divided by zero, overran its stack or \
            reached what its author thought impossible. Nothing of its answer was used. Calling it again with the \
            same source ends the same way.",
    look: &[EVENTS, EXPLAIN, "Unusual files of the source that such a plugin would read: empty, huge, half written."],
    remedies: &[OTHERS, WITHOUT, REPORT],
};

pub(super) const PLUGIN_TIMEOUT: Page = Page {
    title: "A plugin took too long",
    cause: "A call may use one second of processor time, and a bounded time in all; the plugin was stopped at that \
            bound. It may be in an endless loop, or the source makes it work far more than its author expected.",
    look: &[EVENTS, EXPLAIN, "How large the source is: the index's count of files is part of `shipway detect SOURCE`."],
    remedies: &[
        "Make its work smaller: leave out what is not source in `.shipwayignore`, or deploy a smaller `source.base`.",
        OTHERS,
        REPORT,
    ],
};

pub(super) const PLUGIN_MEMORY: Page = Page {
    title: "A plugin wanted more than its share",
    cause: "Memory, bytes read, calls of the host and the size of an answer are bounded for every call; the message \
            names the bound, what was used and what is allowed. The plugin was stopped there.",
    look: &[EVENTS, EXPLAIN, "Very large manifests or lockfiles in the source."],
    remedies: &[
        "Make its work smaller: leave out what is not source in `.shipwayignore`, or deploy a smaller `source.base`.",
        OTHERS,
        REPORT,
    ],
};

pub(super) const PLUGIN_OUTPUT_INVALID: Page = Page {
    title: "A plugin's answer breaks the contract",
    cause: "Answers of plugins are checked like input from a stranger: names, sizes, paths, and that every piece of \
            evidence points to a file that the plugin really read in that call. This answer failed a check and was \
            not used.",
    look: &["The failure's message: the field, and the rule that it breaks.", EVENTS, EXPLAIN],
    remedies: &[OTHERS, WITHOUT, REPORT],
};

pub(super) const PLUGIN_INCOMPATIBLE: Page = Page {
    title: "A plugin does not fit this host",
    cause: "The component was built for another version of the contract, imports something that the host does not \
            give, or exports no role that the host knows. That is seen before any of its code runs.",
    look: &[
        "The failure's message: what the component asks for, and what this host has.",
        "`shipway --version`, and the plugin's own notes on the hosts that it supports.",
    ],
    remedies: &[
        "Use a version of the plugin that was built for this host, or a newer shipway when the plugin is newer.",
        OTHERS,
    ],
};

pub(super) const PLUGIN_UNTRUSTED: Page = Page {
    title: "A plugin is not trusted here",
    cause: "The component's digest is not the one that was agreed on, its signature is missing or not by a key that \
            this host trusts, or a compiled form of it was changed on disk. None of its code ran.",
    look: &[
        "The failure's message: which plugin, which digest was expected and which was found.",
        "Whether somebody replaced the file, or only a newer version was put in its place.",
    ],
    remedies: &[
        "Put the agreed version back, from where it was first taken.",
        "Leave it out until that is settled: `plugins.deny` in shipway.toml.",
        "When nobody changed it on purpose, treat the server as suspect.",
    ],
};
