//! Pages of the plan phase: how it would be built and run.

use super::Page;

pub(super) const PLAN_INCOMPLETE: Page = Page {
    title: "Something that the plan needs could not be found",
    cause: "The app was recognised, but one field of the plan is neither declared nor to be derived from the source: \
            most often the start command (no start script, no main module, several possible entry points) or the \
            directory that is to be published. Shipway does not put a development server in its place.",
    look: &[
        "The failure's input: it names the field in the words of shipway.toml, such as `runtime.start`.",
        "`shipway plan SOURCE` shows what was found for every other field, and where.",
    ],
    remedies: &[
        "Say it for one deployment: `shipway deploy SOURCE --set runtime.start='COMMAND'`.",
        "Say it for good, in shipway.toml: `runtime.start`, `runtime.build`, `runtime.publish` or `network.port`.",
        "Say it in the app's own way: a `start` script in package.json, a `web:` line in a Procfile.",
    ],
};

pub(super) const PROFILE_CONFLICT: Page = Page {
    title: "The profile asks for things that exclude each other, or contradicts the source",
    cause: "What the owner declares always holds, so a contradiction cannot be settled by choosing one side: a start \
            command together with static publishing, a strategy that the source cannot follow (`static` without the \
            directory that is to be published), a tool version that the project's own files rule out.",
    look: &[
        "`shipway config show SOURCE` prints every value with the line or flag that it came from.",
        "The failure's details: the two sides, with evidence where one of them is in the source.",
    ],
    remedies: &[
        "Remove one of the two from shipway.toml, or from the `--set` flags.",
        "Leave `runtime.strategy` at `auto` and see what `shipway plan SOURCE` makes of it.",
    ],
};

pub(super) const PLAN_UNSUPPORTED_BY_TARGET: Page = Page {
    title: "The target cannot do what this plan needs",
    cause: "The plan is sound, and the target it would run on cannot carry it out: a Dockerfile, an image or a compose \
            file needs the docker target; the process target runs commands and serves static files on this very \
            machine, for its own operating system and processor.",
    look: &[
        "The failure's message: which need, which target.",
        "`shipway plan SOURCE` for the builder and what led to it (a Dockerfile is taken as declared).",
        "`shipway doctor` for what this machine can do.",
    ],
    remedies: &[
        "Have the app built by its own tools instead: `shipway deploy SOURCE --set runtime.strategy=commands`, with \
         `runtime.start` when it is not found.",
        "Choose a target that can: `target` in shipway.toml.",
    ],
};

pub(super) const PLAN_INVALID: Page = Page {
    title: "The plan was refused before anything ran",
    cause: "Every plan is checked like input from a stranger: paths stay inside the app, names and sizes are bounded, \
            variables that belong to the host or the loader (PORT, PATH, LD_PRELOAD, …) are not set, nothing that \
            looks like a secret becomes a build variable. This one breaks a rule, or a file of the source that it \
            rests on cannot be understood.",
    look: &[
        "The failure's input: the field of the plan, or the file and line.",
        "`shipway plan SOURCE --json` for the whole plan with the origin of each value.",
    ],
    remedies: &[
        "Correct the file or the setting that the message names.",
        "Move a secret out of build variables into `secrets`: it then reaches the running app only.",
        "When neither you nor the source wrote that value, it is a fault of the plugin: leave it out with \
         `plugins.deny` and report it to its author.",
    ],
};

pub(super) const PLAN_CHANGED: Page = Page {
    title: "The plan is not the one that was asked for",
    cause: "`shipway deploy --plan FINGERPRINT` runs exactly the plan that was looked at. Since then the source, the \
            profile, a plugin or the target has changed, so the fingerprint is another one. Nothing was executed.",
    look: &[
        "`shipway plan SOURCE` for the plan as it is now.",
        "`git status` and `git diff` in the source: the fingerprint covers every file of the snapshot.",
    ],
    remedies: &[
        "Look at the new plan and deploy with its fingerprint.",
        "Deploy without `--plan` when any plan of the current source will do.",
    ],
};
