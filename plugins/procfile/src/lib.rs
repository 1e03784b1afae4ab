//! Procfiles: the owner's own list of processes. They say how an app starts and nothing of how it is built: that comes
//! from the offers of whoever else claims the folder (npm, pip, …).

mod grammar;
mod port;

use grammar::{Line, Procfile};
use shipway_sdk::prelude::*;

/// The plugin.
pub struct FromProcfile;

impl Plugin for FromProcfile {
    const ABOUT: About = About {
        name: "shipway/procfile",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Apps that declare their processes in a Procfile",
        app_types: &["procfile"],
        triggers: &["Procfile"],
        always: false,
    };
}

impl Detector for FromProcfile {
    fn detect(app: &App<'_>) -> Result<Vec<Claim>, Problem> {
        let Some(procfile) = Procfile::read(app)? else { return Ok(vec![]) };
        for warning in &procfile.warnings {
            app.warn(warning);
        }
        let Some(web) = procfile.get("web") else {
            let others: Vec<&str> = procfile.lines.iter().map(|l| l.name.as_str()).collect();
            app.why_not(format!("the Procfile has no web process ({}): nothing would answer", others.join(", ")));
            return Ok(vec![]);
        };
        let mut found = claim("procfile", Confidence::Declared);
        found.start = Some(web.command.clone());
        found.port = port::insisted(&web.command);
        found.evidence = procfile.lines.iter().map(Line::seen).collect();
        Ok(vec![found])
    }
}

impl Planner for FromProcfile {
    fn plan(app: &App<'_>, ask: &Request) -> Result<Plan, Problem> {
        let Some(procfile) = Procfile::read(app)? else {
            return Err(incomplete("runtime.start", "the Procfile is gone", "Put the Procfile back."));
        };
        let mut plan = PlanBuilder::new(ask);
        plan.contributions();
        for line in &procfile.lines {
            let run = Command::Shell(line.command.clone());
            let origin = Origin::Evidence(line.seen());
            match line.name.as_str() {
                "web" => plan.start(run, origin),
                "release" => plan.release(run, origin),
                name => plan.process(name, run, origin),
            };
        }
        if let Some(web) = procfile.get("web")
            && let Some(port) = port::insisted(&web.command)
        {
            plan.insists_on_port(port, Origin::Evidence(web.seen()));
            plan.warn(format!(
                "the web process always listens on {port}: $PORT would let two releases run side by side"
            ));
        }
        for warning in procfile.warnings {
            plan.warn(warning);
        }
        plan.finish()
    }
}

shipway_sdk::export_app!(FromProcfile);

#[cfg(test)]
mod tests {
    #[test]
    fn cases() {
        shipway_sdk::testing::Cases::of(env!("CARGO_MANIFEST_DIR")).app::<super::FromProcfile>();
    }
}
