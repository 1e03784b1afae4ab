//! The plan firewall: a plan is untrusted input until every rule here holds. Only a [`Checked`] plan can be executed.

use crate::plan::{BuilderKind, Command, Plan};
use serde::{Deserialize, Serialize};

/// A plan that passed the firewall. There is no other way to make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Checked(Plan);

impl Checked {
    /// Checks a plan against every rule; the error names the first that is broken.
    pub fn new(plan: Plan) -> Result<Self, PlanFault> {
        check(&plan)?;
        Ok(Self(plan))
    }
    /// The plan itself.
    #[must_use]
    pub fn into_inner(self) -> Plan {
        self.0
    }
}
impl std::ops::Deref for Checked {
    type Target = Plan;
    fn deref(&self) -> &Plan {
        &self.0
    }
}
impl<'de> Deserialize<'de> for Checked {
    /// A plan that comes back from the journal is checked again: the file is as untrusted as any.
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::new(Plan::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

/// A rule that a plan breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct PlanFault {
    /// Which field, with its index where there are several.
    pub field: String,
    /// What is wrong with it.
    pub why: String,
    /// The field is absent rather than wrong: `plan-incomplete` instead of `plan-invalid`.
    pub incomplete: bool,
}

/// Bounds of a plan. Generous for real projects, small enough that a hostile planner cannot fill a journal.
const MAX_STEPS: usize = 64;
const MAX_PROCESSES: usize = 32;
const MAX_WORDS: usize = 256;
const MAX_WORD: usize = 4096;
const MAX_SCRIPT: usize = 32 * 1024;
const MAX_LIST: usize = 256;

/// Names that would change what the host or the loader does rather than what the app sees.
const FORBIDDEN_ENV: &[&str] =
    &["PORT", "HOST", "PATH", "HOME", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "IFS", "BASH_ENV", "ENV"];

/// Parts of a name that tell a secret; a build-time variable with one of them would end up in the artifact.
const SECRET_WORDS: &[&str] =
    &["SECRET", "PASSWORD", "PASSWD", "TOKEN", "PRIVATE_KEY", "API_KEY", "APIKEY", "CREDENTIAL"];

/// Does the name of a variable look like that of a secret?
#[must_use]
pub fn looks_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    SECRET_WORDS.iter().any(|w| upper.contains(w)) && !upper.ends_with("_DUMMY")
}

fn check(plan: &Plan) -> Result<(), PlanFault> {
    inside("appRoot", &plan.app_root)?;
    at_most("steps", plan.steps.len(), MAX_STEPS)?;
    at_most("processes", plan.processes.len(), MAX_PROCESSES)?;
    at_most("decisions", plan.decisions.len(), MAX_LIST)?;
    at_most("tools", plan.tools.len(), MAX_LIST)?;
    let mut names = std::collections::BTreeSet::new();
    for (i, step) in plan.steps.iter().enumerate() {
        let field = |name: &str| format!("steps[{i}].{name}");
        label(&field("name"), &step.name)?;
        if !names.insert(&step.name) {
            return wrong(field("name"), format!("{:?} is used twice", step.name));
        }
        command(&field("run"), &step.run)?;
        inside(&field("cwd"), &step.cwd)?;
        environment(&field("env"), step.env.iter())?;
        for path in step.inputs.iter().chain(&step.outputs) {
            inside(&field("inputs"), path)?;
        }
        for cache in &step.caches {
            label(&field("caches"), cache)?;
        }
    }
    environment("buildEnv", plan.build_env.iter())?;
    environment("runEnv", plan.run_env.iter())?;
    for name in plan.build_env.keys().chain(plan.steps.iter().flat_map(|s| s.env.keys())) {
        if looks_secret(name) {
            return wrong("buildEnv", format!("{name} looks like a secret and would end up in the artifact"));
        }
    }
    let mut processes = std::collections::BTreeSet::new();
    for (i, process) in plan.processes.iter().enumerate() {
        let field = |name: &str| format!("processes[{i}].{name}");
        if process.name.parse::<crate::Name>().is_err() {
            return wrong(field("name"), format!("{:?} is not a DNS label", process.name));
        }
        if !processes.insert(&process.name) {
            return wrong(field("name"), format!("{:?} is used twice", process.name));
        }
        command(&field("run"), &process.run)?;
        inside(&field("cwd"), &process.cwd)?;
    }
    if let Some(release) = &plan.release {
        command("release", release)?;
    }
    if plan.port == Some(0) {
        return wrong("port", "0 is not a port".into());
    }
    if let Some(health) = &plan.health {
        if !health.path.starts_with('/')
            || health.path.len() > 2048
            || health.path.chars().any(|c| c.is_control() || c == ' ')
        {
            return wrong("health.path", format!("{:?} is not a path that begins with /", health.path));
        }
        if health.status.is_some_and(|s| !(100..=599).contains(&s)) {
            return wrong("health.status", "a status is between 100 and 599".into());
        }
    }
    if let Some(site) = &plan.publish {
        inside("publish.directory", &site.directory)?;
        if let Some(fallback) = &site.fallback {
            inside("publish.fallback", fallback)?;
        }
    }
    for volume in &plan.volumes {
        inside("volumes", volume)?;
    }
    match plan.builder {
        BuilderKind::Static if plan.publish.is_none() => {
            missing("publish", "a static plan says which directory is published")
        }
        BuilderKind::Commands if plan.processes.is_empty() => {
            missing("start", "there is no command that starts the app")
        }
        _ => Ok(()),
    }
}

fn wrong(field: impl Into<String>, why: String) -> Result<(), PlanFault> {
    Err(PlanFault { field: field.into(), why, incomplete: false })
}
fn missing(field: &str, why: &str) -> Result<(), PlanFault> {
    Err(PlanFault { field: field.into(), why: why.into(), incomplete: true })
}
fn at_most(field: &str, n: usize, max: usize) -> Result<(), PlanFault> {
    if n > max { wrong(field, format!("{n} entries, at most {max} are allowed")) } else { Ok(()) }
}

/// A relative path that stays inside: no root, no `..`, no NUL, no empty text (`.` is the root).
fn inside(field: &str, path: &str) -> Result<(), PlanFault> {
    let bad = path.is_empty()
        || path.len() > MAX_WORD
        || path.starts_with('/')
        || path.contains(['\0', '\\'])
        || path.split('/').any(|part| part == "..");
    if bad { wrong(field, format!("{path:?} is not a path inside the workspace")) } else { Ok(()) }
}

fn label(field: &str, text: &str) -> Result<(), PlanFault> {
    let ok = !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        && !text.starts_with('.');
    if ok { Ok(()) } else { wrong(field, format!("{text:?} is not a plain name")) }
}

fn command(field: &str, command: &Command) -> Result<(), PlanFault> {
    match command {
        Command::Argv(words) => {
            if words.is_empty() || words[0].is_empty() {
                return missing(field, "the command is empty");
            }
            at_most(field, words.len(), MAX_WORDS)?;
            if words.iter().any(|w| w.len() > MAX_WORD || w.contains('\0')) {
                return wrong(field, format!("a word is longer than {MAX_WORD} bytes or holds a NUL"));
            }
        }
        Command::Shell(script) => {
            if script.trim().is_empty() {
                return missing(field, "the command is empty");
            }
            if script.len() > MAX_SCRIPT || script.contains('\0') {
                return wrong(field, format!("the script is longer than {MAX_SCRIPT} bytes or holds a NUL"));
            }
        }
    }
    Ok(())
}

fn environment<'a>(
    field: &str,
    vars: impl ExactSizeIterator<Item = (&'a String, &'a String)>,
) -> Result<(), PlanFault> {
    at_most(field, vars.len(), MAX_LIST)?;
    for (name, value) in vars {
        let ok = !name.is_empty()
            && name.len() <= 128
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !ok {
            return wrong(field, format!("{name:?} is not a name for a variable"));
        }
        if FORBIDDEN_ENV.contains(&name.as_str()) {
            return wrong(field, format!("{name} belongs to the host"));
        }
        if value.len() > MAX_SCRIPT || value.contains('\0') {
            return wrong(field, format!("the value of {name} is too long or holds a NUL"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Process, Step};

    fn plan() -> Plan {
        Plan {
            plugin: "t@0".into(),
            app_type: "node".into(),
            framework: None,
            builder: BuilderKind::Commands,
            app_root: ".".into(),
            tools: vec![],
            steps: vec![],
            build_env: Default::default(),
            run_env: Default::default(),
            required_secrets: vec![],
            processes: vec![Process {
                name: "web".into(),
                run: Command::Argv(vec!["node".into(), "x.js".into()]),
                cwd: ".".into(),
            }],
            release: None,
            port: None,
            health: None,
            publish: None,
            volumes: vec![],
            decisions: vec![],
            warnings: vec![],
            assumptions: vec![],
        }
    }
    fn refused(change: impl FnOnce(&mut Plan)) -> PlanFault {
        let mut p = plan();
        change(&mut p);
        Checked::new(p).unwrap_err()
    }

    #[test]
    fn a_sane_plan_passes_and_survives_a_round_trip() {
        let checked = Checked::new(plan()).unwrap();
        let text = serde_json::to_string(&checked).unwrap();
        assert_eq!(serde_json::from_str::<Checked>(&text).unwrap(), checked);
    }
    #[test]
    fn paths_stay_inside_the_workspace() {
        for bad in ["..", "a/../../b", "/etc", "", "a\0b", "..\\x"] {
            assert_eq!(refused(|p| p.app_root = bad.into()).field, "appRoot", "{bad:?}");
        }
    }
    #[test]
    fn the_hosts_variables_cannot_be_taken_over() {
        for name in ["LD_PRELOAD", "PATH", "PORT", "1X", "A B", ""] {
            assert_eq!(
                refused(|p| {
                    p.run_env.insert(name.into(), "x".into());
                })
                .field,
                "runEnv",
                "{name:?}"
            );
        }
    }
    #[test]
    fn a_secret_does_not_become_a_build_variable() {
        assert_eq!(
            refused(|p| {
                p.build_env.insert("STRIPE_API_KEY".into(), "x".into());
            })
            .field,
            "buildEnv"
        );
    }
    #[test]
    fn no_start_command_is_incomplete_rather_than_invalid() {
        assert!(refused(|p| p.processes.clear()).incomplete);
        assert!(refused(|p| p.processes[0].run = Command::Shell("  ".into())).incomplete);
    }
    #[test]
    fn sizes_are_bounded() {
        let step = Step {
            name: "s".into(),
            run: Command::Shell("x".into()),
            cwd: ".".into(),
            env: Default::default(),
            inputs: vec![],
            outputs: vec![],
            caches: vec![],
            network: false,
            why: String::new(),
        };
        assert!(refused(|p| p.steps = vec![step.clone(); 2]).why.contains("twice"));
        assert_eq!(refused(|p| p.steps = vec![step; 65]).field, "steps");
    }
}
