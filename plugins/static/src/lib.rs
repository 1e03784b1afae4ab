//! Folders of files that are served as they are.
//!
//! Claims a folder only when nothing in it looks like a program: an index.html beside a server belongs to the server.
//! Plans the host's own claims too (`strategy = "static"`, a static directory as the source).

mod config;
mod owner;
mod site;

use shipway_sdk::prelude::*;
use site::Site;

/// The plugin.
pub struct Static;

impl Plugin for Static {
    const ABOUT: About = About {
        name: "shipway/static",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Plain HTML and already built sites",
        app_types: &["static"],
        triggers: &[
            "*.html",
            "{public,dist,build,_site,site,out,www,htdocs,html,public_html,docs}/index.html",
            "public/index.php",
            "Staticfile",
            "static.json",
            "firebase.json",
        ],
        always: false,
    };
}

impl Detector for Static {
    fn detect(app: &App<'_>) -> Result<Vec<Claim>, Problem> {
        if let Some(reason) = owner::of(app) {
            app.why_not(reason);
            return Ok(vec![]);
        }
        let Some(site) = Site::find(app)? else { return Ok(vec![]) };
        if app.has_file(&site.inside("index.php")) {
            app.warn(format!("{} holds index.php: published as files, its source could be read", site.place()));
            return Ok(vec![]);
        }
        let mut found = claim("static", site.confidence);
        found.publish = Some(site.directory);
        found.evidence = site.evidence;
        Ok(vec![found])
    }
}

impl Planner for Static {
    fn plan(app: &App<'_>, ask: &Request) -> Result<Plan, Problem> {
        let profile = &ask.profile;
        if profile.strategy.as_deref() == Some("static") && profile.start.is_some() {
            let both = described(
                ProblemKind::Conflict,
                "runtime.strategy = \"static\" serves files, and runtime.start asks for a server",
            );
            let remedy = Some("Remove runtime.start, or set runtime.strategy = \"commands\".".to_owned());
            return Err(Problem { field: Some("runtime.start".to_owned()), remedy, ..both });
        }
        let mut plan = PlanBuilder::new(ask);
        plan.contributions();
        let declared = profile.publish.as_deref();
        let claimed = ask.claim.publish.as_deref().or_else(|| fact(&ask.claim, "publish"));
        let site = Site::at(app, declared.or(claimed).unwrap_or("."))?;
        // What a declared build makes is not there yet.
        let built = profile.build.as_deref().is_some_and(|b| !b.trim().is_empty());
        if !built {
            site.must_exist(app)?;
            site.lint(app, &mut plan);
        }
        let origin = match ask.claim.evidence.first() {
            Some(seen) => Origin::Evidence(seen.clone()),
            None => default_to("the folder itself is what is published"),
        };
        site.publish(&mut plan, origin);
        plan.finish()
    }
}

shipway_sdk::export_app!(Static);

#[cfg(test)]
mod tests {
    #[test]
    fn cases() {
        shipway_sdk::testing::Cases::of(env!("CARGO_MANIFEST_DIR")).app::<super::Static>();
    }
}
