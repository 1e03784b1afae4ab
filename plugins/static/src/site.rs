//! The site itself: where it lies, and how it wants to be served.

use crate::config::{Config, directory};
use shipway_sdk::prelude::*;

/// Where built and hand-written sites lie, most telling first.
const USUAL: &[&str] =
    &["public", "dist", "build", "_site", "out", "www", "htdocs", "public_html", "site", "html", "docs"];

/// A directory of files, with why it is thought to be the site.
pub(crate) struct Site {
    pub(crate) directory: String,
    pub(crate) confidence: Confidence,
    pub(crate) evidence: Vec<Evidence>,
    config: Config,
}

impl Site {
    /// Looks for a site; says why when there is none.
    pub(crate) fn find(app: &App<'_>) -> Result<Option<Self>, Problem> {
        let config = Config::read(app)?;
        if let Some(built_by) = &config.built_by {
            app.why_not(format!("{built_by}: it is not a plain site"));
            return Ok(None);
        }
        if let Some((directory, evidence, only)) = config.publish.clone() {
            if directory != "." && !app.has_dir(&directory) {
                app.why_not(format!("{} publishes {directory}, which is not there", evidence.path));
                return Ok(None);
            }
            let confidence = if only { Confidence::Declared } else { Confidence::Certain };
            return Ok(Some(Self { directory, confidence, evidence: vec![evidence], config }));
        }
        if app.has_file("index.html") {
            let evidence = vec![seen("index.html", "a page at the root, and no program beside it")];
            return Ok(Some(Self { directory: ".".to_owned(), confidence: Confidence::Certain, evidence, config }));
        }
        let holds = |dir: &&&str| app.has_dir(dir) && app.has_file(&format!("{dir}/index.html"));
        let mut places = USUAL.iter().filter(holds);
        let Some(place) = places.next() else {
            say_nearest(app);
            return Ok(None);
        };
        if let Some(other) = places.next() {
            app.warn(format!("{other}/ holds a page too: set runtime.publish = \"{other}\" to publish it instead"));
        }
        // Documentation is often the smallest part of a repository.
        let confidence = if *place == "docs" { Confidence::Possible } else { Confidence::Likely };
        let evidence =
            vec![seen(format!("{place}/index.html"), format!("{place}/ holds a page, and no program is beside it"))];
        Ok(Some(Self { directory: (*place).to_owned(), confidence, evidence, config }))
    }

    /// The site in a directory that was already chosen.
    pub(crate) fn at(app: &App<'_>, chosen: &str) -> Result<Self, Problem> {
        let mut config = Config::read(app)?;
        let directory = directory(chosen)?;
        config.redirects(app, &directory)?;
        Ok(Self { directory, confidence: Confidence::Declared, evidence: vec![], config })
    }

    /// The path of one of its files.
    pub(crate) fn inside(&self, file: &str) -> String {
        if self.directory == "." { file.to_owned() } else { format!("{}/{file}", self.directory) }
    }

    /// Its directory, for a person.
    pub(crate) fn place(&self) -> String {
        if self.directory == "." { "the folder".to_owned() } else { format!("{}/", self.directory) }
    }

    /// Nothing builds it, so it has to be there.
    pub(crate) fn must_exist(&self, app: &App<'_>) -> Result<(), Problem> {
        if self.directory == "." || app.has_dir(&self.directory) {
            return Ok(());
        }
        Err(incomplete(
            "runtime.publish",
            format!("{} is to be published and is not there", self.place()),
            "Name a directory that exists, or the command that makes it: [runtime] build = \"…\".",
        ))
    }

    /// What should not be published, and what will be missed.
    pub(crate) fn lint(&self, app: &App<'_>, plan: &mut PlanBuilder<'_>) {
        for file in app.find(&self.inside(".env*"), 8) {
            plan.warn(format!("{file} lies in the published directory: it may hold secrets"));
        }
        if app.has_file(&self.inside("index.php")) {
            let file = self.inside("index.php");
            plan.warn(format!("{file} is published as text: nothing runs it, and its source can be read"));
        }
        let index = self.inside("index.html");
        if app.has_file(&index) {
            let health = HealthPlan { path: "/".to_owned(), status: Some(200), text: None };
            plan.health(health, Origin::Evidence(seen(&index, "the page that / answers")));
        } else if self.config.fallback.is_none() {
            plan.warn(format!("there is no index.html in {}: / answers 404", self.place()));
        }
        let missing = self.inside("404.html");
        if app.has_file(&missing) && self.config.fallback.is_none() {
            plan.decide("publish.notFound", "404.html", Origin::Evidence(seen(&missing, "the page for unknown paths")));
        }
    }

    /// Writes it into the plan.
    pub(crate) fn publish(self, plan: &mut PlanBuilder<'_>, origin: Origin) {
        let fallback = self.config.fallback.map(|(file, evidence)| {
            plan.decide("publish.fallback", file.clone(), Origin::Evidence(evidence));
            file
        });
        let clean_urls = match self.config.clean_urls {
            Some((clean, evidence)) => {
                plan.decide("publish.cleanUrls", clean.to_string(), Origin::Evidence(evidence));
                clean
            }
            None => true,
        };
        plan.publish(StaticPlan { directory: self.directory, fallback, clean_urls }, origin);
    }
}

/// Helps a person whose site is not called what it should be.
fn say_nearest(app: &App<'_>) {
    match app.find("*.html", 4).first() {
        Some(page) => app.why_not(format!(
            "{page} is here and no index.html: rename it, or set runtime.strategy = \"static\" to serve the folder as it is"
        )),
        None => app.why_not("there is no page to serve"),
    }
}
