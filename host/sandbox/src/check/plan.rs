//! What a planner wrote, as far as texts, sizes and evidence go. Whether the plan may be executed is the firewall's to
//! say (`model::firewall`), after this.

use super::rules::{Invalid, Rules, shown};
use model::plan::{Command, Origin, Plan};
use model::plugin::PluginInfo;

/// Checks a plan for a claim of this app type and signs it with the plugin's id.
pub(crate) fn plan(rules: &Rules<'_>, info: &PluginInfo, app_type: &str, mut plan: Plan) -> Result<Plan, Invalid> {
    if plan.app_type != app_type {
        let why = format!("{} is not what was asked to be planned: {app_type}", shown(&plan.app_type));
        return Err(Invalid::new("plan.app-type", why));
    }
    rules.label_if("plan.framework", plan.framework.as_ref())?;
    rules.word("plan.app-root", &plan.app_root)?;
    steps(rules, &mut plan)?;
    run(rules, &plan)?;
    explanation(rules, &mut plan)?;
    plan.plugin = info.id();
    Ok(plan)
}

fn steps(rules: &Rules<'_>, plan: &mut Plan) -> Result<(), Invalid> {
    rules.list("plan.steps", plan.steps.len())?;
    for (i, step) in plan.steps.iter_mut().enumerate() {
        let field = |name: &str| format!("plan.steps[{i}].{name}");
        rules.label(&field("name"), &step.name)?;
        command(rules, &field("run"), &step.run)?;
        rules.word(&field("cwd"), &step.cwd)?;
        rules.variables(&field("env"), &step.env)?;
        words(rules, &field("inputs"), &step.inputs)?;
        words(rules, &field("outputs"), &step.outputs)?;
        words(rules, &field("caches"), &step.caches)?;
        rules.prose(&field("why"), &mut step.why)?;
    }
    Ok(())
}

fn run(rules: &Rules<'_>, plan: &Plan) -> Result<(), Invalid> {
    rules.variables("plan.build-env", &plan.build_env)?;
    rules.variables("plan.run-env", &plan.run_env)?;
    words(rules, "plan.required-secrets", &plan.required_secrets)?;
    words(rules, "plan.volumes", &plan.volumes)?;
    rules.list("plan.processes", plan.processes.len())?;
    for (i, process) in plan.processes.iter().enumerate() {
        let field = |name: &str| format!("plan.processes[{i}].{name}");
        rules.label(&field("name"), &process.name)?;
        command(rules, &field("run"), &process.run)?;
        rules.word(&field("cwd"), &process.cwd)?;
    }
    if let Some(release) = &plan.release {
        command(rules, "plan.release", release)?;
    }
    if let Some(health) = &plan.health {
        rules.word("plan.health.path", &health.path)?;
        health.text.as_ref().map_or(Ok(()), |text| rules.word("plan.health.text", text))?;
    }
    if let Some(site) = &plan.publish {
        rules.word("plan.publish.directory", &site.directory)?;
        site.fallback.as_ref().map_or(Ok(()), |file| rules.word("plan.publish.fallback", file))?;
    }
    Ok(())
}

fn explanation(rules: &Rules<'_>, plan: &mut Plan) -> Result<(), Invalid> {
    rules.list("plan.tools", plan.tools.len())?;
    for (i, tool) in plan.tools.iter_mut().enumerate() {
        let field = |name: &str| format!("plan.tools[{i}].{name}");
        rules.label(&field("name"), &tool.name)?;
        rules.prose_if(&field("requested"), &mut tool.requested)?;
        origin(rules, &field("origin"), &mut tool.origin)?;
    }
    rules.list("plan.decisions", plan.decisions.len())?;
    for (i, decision) in plan.decisions.iter_mut().enumerate() {
        let field = |name: &str| format!("plan.decisions[{i}].{name}");
        rules.prose(&field("field"), &mut decision.field)?;
        rules.prose(&field("value"), &mut decision.value)?;
        origin(rules, &field("origin"), &mut decision.origin)?;
    }
    for (name, list) in [("plan.warnings", &mut plan.warnings), ("plan.assumptions", &mut plan.assumptions)] {
        rules.list(name, list.len())?;
        list.iter_mut().enumerate().try_for_each(|(i, text)| rules.prose(&format!("{name}[{i}]"), text))?;
    }
    Ok(())
}

fn origin(rules: &Rules<'_>, field: &str, origin: &mut Origin) -> Result<(), Invalid> {
    match origin {
        Origin::Profile(text) | Origin::Default(text) => rules.prose(field, text),
        Origin::Evidence(evidence) => rules.evidence(field, evidence),
    }
}

fn command(rules: &Rules<'_>, field: &str, command: &Command) -> Result<(), Invalid> {
    match command {
        Command::Shell(script) => rules.script(field, script),
        Command::Argv(list) => {
            rules.list(field, list.len())?;
            // Longer than a word, and with line breaks: `python -c` takes a program as one argument.
            list.iter().try_for_each(|word| rules.script(field, word))
        }
    }
}

fn words(rules: &Rules<'_>, field: &str, list: &[String]) -> Result<(), Invalid> {
    rules.list(field, list.len())?;
    list.iter().try_for_each(|word| rules.word(field, word))
}
