//! The owner's word: each key of the profile replaces what the planner found, and says so.

use super::{PlanBuilder, step};
use crate::{Command, HealthPlan, Origin, Problem, ProblemKind, Sourced, StaticPlan, Step};

impl PlanBuilder<'_> {
    pub(super) fn apply_profile(&mut self) -> Result<(), Problem> {
        let profile = self.profile;
        if wanted(&profile.start).is_some() && wanted(&profile.publish).is_some() {
            return Err(Problem {
                field: Some("runtime.publish".to_owned()),
                remedy: Some("Remove runtime.start to publish files, or runtime.publish to start a server.".to_owned()),
                ..crate::described(
                    ProblemKind::Conflict,
                    "runtime.start asks for a server and runtime.publish for static files",
                )
            });
        }
        replace(&mut self.install, "install", profile.install.as_deref(), true);
        replace(&mut self.build, "build", profile.build.as_deref(), true);
        if let Some(start) = wanted(&profile.start) {
            self.publish = None;
            self.start = Some(Sourced::declared(Command::Shell(start), "runtime.start"));
        }
        if let Some(directory) = wanted(&profile.publish) {
            // How it is served stays as found: only the place is declared.
            let found = self.publish.take().map(|p| p.value);
            let (fallback, clean_urls) = found.map_or((None, true), |p| (p.fallback, p.clean_urls));
            let site = StaticPlan { directory, fallback, clean_urls };
            self.publish = Some(Sourced::declared(site, "runtime.publish"));
        }
        match profile.release.as_deref().map(str::trim) {
            Some("") => self.release = None,
            Some(release) => {
                self.release = Some(Sourced::declared(Command::Shell(release.to_owned()), "runtime.release"));
            }
            None => {}
        }
        if let Some(port) = profile.port {
            self.port = Some(Sourced::declared(port, "network.port"));
        }
        for want in &profile.tools {
            let origin = Origin::Profile(format!("runtime.tools.{}", want.key));
            self.plan.tools.retain(|t| t.name != want.key);
            self.tool(&want.key, Some(want.value.clone()), origin);
        }
        for name in &profile.secret_names {
            if !self.plan.required_secrets.contains(name) {
                self.plan.required_secrets.push(name.clone());
            }
        }
        self.apply_health();
        Ok(())
    }

    fn apply_health(&mut self) {
        let profile = self.profile;
        let key = match (&profile.health_path, profile.health_status, &profile.health_text) {
            (Some(_), _, _) => "health.path",
            (None, Some(_), _) => "health.status",
            (None, None, Some(_)) => "health.text",
            (None, None, None) => return,
        };
        let found = self.health.take().map(|h| h.value);
        let found = found.unwrap_or_else(|| HealthPlan { path: "/".to_owned(), status: None, text: None });
        // A path of the owner's own is not measured by what was expected of another path.
        let same = profile.health_path.as_ref().is_none_or(|p| *p == found.path);
        let health = HealthPlan {
            path: profile.health_path.clone().unwrap_or(found.path),
            status: profile.health_status.or(found.status.filter(|_| same)),
            text: profile.health_text.clone().or(found.text.filter(|_| same)),
        };
        self.health = Some(Sourced::declared(health, key));
    }
}

fn wanted(value: &Option<String>) -> Option<String> {
    value.as_deref().map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned)
}

/// One declared step in the place of those that were found, with their caches and outputs; an empty text removes them.
fn replace(steps: &mut Vec<(Step, Origin)>, name: &str, script: Option<&str>, network: bool) {
    let Some(script) = script.map(str::trim) else { return };
    let found = std::mem::take(steps);
    if script.is_empty() {
        return;
    }
    let key = format!("runtime.{name}");
    let mut declared = step(name, Command::Shell(script.to_owned()), &format!("{key} says so"));
    declared.network = network;
    for (step, _) in found {
        declared.caches.extend(step.caches);
        declared.outputs.extend(step.outputs);
    }
    declared.caches.sort();
    declared.caches.dedup();
    steps.push((declared, Origin::Profile(key)));
}
