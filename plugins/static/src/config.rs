//! What other hosts' configuration files say about a static site: which directory, whether unknown paths are the app's
//! (a single-page app), whether `.html` may be left out. First that speaks wins, per question.

use serde_json::Value;
use shipway_sdk::prelude::*;

/// What was declared, each with where.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The directory, and whether its file exists for nothing but serving a static site.
    pub(crate) publish: Option<(String, Evidence, bool)>,
    /// Unknown paths answer with this file.
    pub(crate) fallback: Option<(String, Evidence)>,
    /// `.html` may, or may not, be left out.
    pub(crate) clean_urls: Option<(bool, Evidence)>,
    /// A command makes the site: it is not plain.
    pub(crate) built_by: Option<String>,
}

impl Config {
    /// Reads every file that may say something.
    pub(crate) fn read(app: &App<'_>) -> Result<Self, Problem> {
        let mut config = Self::default();
        config.staticfile(app)?;
        config.static_json(app)?;
        config.netlify(app)?;
        config.vercel(app)?;
        config.firebase(app)?;
        Ok(config)
    }

    /// `_redirects` lies in the published directory or at the root.
    pub(crate) fn redirects(&mut self, app: &App<'_>, directory: &str) -> Result<(), Problem> {
        let inside = format!("{directory}/_redirects");
        for path in [inside.trim_start_matches("./"), "_redirects"] {
            let Some(file) = app.text(path)? else { continue };
            for (number, line) in file.lines() {
                let words: Vec<&str> = line.split_whitespace().collect();
                if let ["/*", target, status] = words.as_slice()
                    && status.trim_end_matches('!') == "200"
                {
                    let seen = file.seen(number, format!("every unknown path answers {target}"));
                    self.fallback(target, seen);
                }
            }
        }
        Ok(())
    }

    /// Cloud Foundry's and nixpacks': lines of `key: value`.
    fn staticfile(&mut self, app: &App<'_>) -> Result<(), Problem> {
        let Some(file) = app.text("Staticfile")? else { return Ok(()) };
        let mut root = None;
        for (number, line) in file.lines() {
            let Some((key, value)) = line.split_once(':') else { continue };
            let value = value.trim().trim_matches(['"', '\'']);
            match key.trim() {
                "root" => root = Some((directory(value)?, file.seen(number, format!("publishes {value}")), true)),
                "pushstate" if value == "enabled" => {
                    self.fallback("index.html", file.seen(number, "every unknown path answers index.html"));
                }
                _ => {}
            }
        }
        let usual = if app.has_dir("public") { "public" } else { "." };
        self.publish =
            root.or_else(|| Some((usual.to_owned(), seen("Staticfile", "a Staticfile asks for static files"), true)));
        Ok(())
    }

    /// Heroku's static buildpack.
    fn static_json(&mut self, app: &App<'_>) -> Result<(), Problem> {
        let Some(file) = app.json("static.json")? else { return Ok(()) };
        if let Some(root) = file.string(&["root"]) {
            let seen = file.seen(&["root"], format!("publishes {root}"));
            self.publish(root, seen, true)?;
        }
        if let Some(Value::Object(routes)) = file.get(&["routes"]) {
            for (from, to) in routes.iter().filter(|(from, _)| everything(from)) {
                if let Some(to) = to.as_str() {
                    self.fallback(to, file.seen(&["routes", from], format!("every unknown path answers {to}")));
                }
            }
        }
        self.clean(&file, &["clean_urls"]);
        Ok(())
    }

    fn netlify(&mut self, app: &App<'_>) -> Result<(), Problem> {
        let Some(file) = app.toml("netlify.toml")? else { return Ok(()) };
        if let Some(command) = file.string(&["build", "command"]).filter(|c| !c.trim().is_empty()) {
            self.built_by = Some(format!("netlify.toml builds it with {command}"));
        }
        if let Some(dir) = file.string(&["build", "publish"]) {
            let seen = file.seen(&["build", "publish"], format!("publishes {dir}"));
            self.publish(dir, seen, false)?;
        }
        let redirects = file.get(&["redirects"]).and_then(|v| v.as_array()).map_or(0, Vec::len);
        for i in (0..redirects).map(|i| i.to_string()) {
            let at = |key: &str| file.get(&["redirects", &i, key]);
            let all = at("from").and_then(|v| v.as_str()) == Some("/*");
            let silent = at("status").and_then(|v| v.as_i64()) == Some(200);
            if let (true, true, Some(to)) = (all, silent, at("to").and_then(|v| v.as_str())) {
                let seen = file.seen(&["redirects", &i, "to"], format!("every unknown path answers {to}"));
                self.fallback(to, seen);
            }
        }
        Ok(())
    }

    fn vercel(&mut self, app: &App<'_>) -> Result<(), Problem> {
        let Some(file) = app.json("vercel.json")? else { return Ok(()) };
        if let Some(command) = file.string(&["buildCommand"]).filter(|c| !c.trim().is_empty()) {
            self.built_by = Some(format!("vercel.json builds it with {command}"));
        }
        if let Some(dir) = file.string(&["outputDirectory"]) {
            let seen = file.seen(&["outputDirectory"], format!("publishes {dir}"));
            self.publish(dir, seen, false)?;
        }
        self.rewrites(&file, &["rewrites"]);
        self.clean(&file, &["cleanUrls"]);
        Ok(())
    }

    fn firebase(&mut self, app: &App<'_>) -> Result<(), Problem> {
        let Some(file) = app.json("firebase.json")? else { return Ok(()) };
        if let Some(dir) = file.string(&["hosting", "public"]) {
            let seen = file.seen(&["hosting", "public"], format!("publishes {dir}"));
            self.publish(dir, seen, false)?;
        }
        self.rewrites(&file, &["hosting", "rewrites"]);
        self.clean(&file, &["hosting", "cleanUrls"]);
        Ok(())
    }

    fn rewrites(&mut self, file: &Json, at: &[&str]) {
        let rules = file.get(at).and_then(Value::as_array).map_or(0, Vec::len);
        for i in (0..rules).map(|i| i.to_string()) {
            let key = |name: &'static str| [at, &[i.as_str(), name]].concat();
            if let (Some(from), Some(to)) = (file.string(&key("source")), file.string(&key("destination")))
                && everything(from)
                && to.ends_with(".html")
            {
                self.fallback(to, file.seen(&key("destination"), format!("every unknown path answers {to}")));
            }
        }
    }

    fn publish(&mut self, dir: &str, evidence: Evidence, only: bool) -> Result<(), Problem> {
        if self.publish.is_none() {
            self.publish = Some((directory(dir)?, evidence, only));
        }
        Ok(())
    }

    fn fallback(&mut self, target: &str, evidence: Evidence) {
        let file = target.trim_start_matches('/');
        let file = if file.is_empty() { "index.html" } else { file };
        // Only a file of the site can stand in for every path; a proxied address is no fallback.
        if !file.contains("://") && !file.split('/').any(|part| part == "..") {
            self.fallback.get_or_insert((file.to_owned(), evidence));
        }
    }

    fn clean(&mut self, file: &Json, at: &[&str]) {
        if let Some(clean) = file.get(at).and_then(Value::as_bool) {
            let how = if clean { "without" } else { "with" };
            self.clean_urls.get_or_insert((clean, file.seen(at, format!("pages are asked for {how} .html"))));
        }
    }
}

/// Patterns that mean every path, as the different hosts write them.
fn everything(pattern: &str) -> bool {
    matches!(pattern, "/**" | "**" | "/*" | "/(.*)" | "/:path*" | "/.*") || pattern.starts_with("/((?!")
}

/// A directory of the source, `.` for the source itself.
pub(crate) fn directory(text: &str) -> Result<String, Problem> {
    let plain = text.trim().trim_start_matches("./").trim_end_matches('/');
    if plain.starts_with('/') || plain.contains('\\') || plain.split('/').any(|part| part == "..") {
        let message = format!("{text:?} is not a directory inside the source");
        return Err(Problem {
            field: Some("runtime.publish".to_owned()),
            remedy: Some("Name a directory relative to the source.".to_owned()),
            ..described(ProblemKind::Conflict, message)
        });
    }
    Ok(if plain.is_empty() { ".".to_owned() } else { plain.to_owned() })
}
