//! Django: the settings module, the WSGI or ASGI application, what the settings say about static files and the
//! environment, and the commands around a release.

use crate::code::{Code, Kind, Statement};
use crate::harmless::harmless;
use crate::routes;
use crate::servers::Interface;
use shipway_sdk::{App, Evidence, seen};
use std::collections::BTreeSet;

/// A Django project.
pub(crate) struct Django {
    /// `manage.py`, where it lies.
    pub(crate) manage: String,
    /// The folder of `manage.py` when it is not the base directory: it has to be on the path.
    pub(crate) root: Option<String>,
    /// The settings module that production uses, when `manage.py` would use another.
    pub(crate) settings: Option<(String, Evidence)>,
    /// The application: module, name, interface, where.
    pub(crate) application: Option<(String, String, Interface, Evidence)>,
    /// An ASGI application, for projects whose server speaks that.
    pub(crate) asgi: Option<(String, String, Evidence)>,
    /// Static files are collected: where the settings say so.
    pub(crate) static_root: Option<Evidence>,
    /// Variables without which the settings do not load.
    pub(crate) needs: Vec<(String, Evidence)>,
    /// There is a database to migrate.
    pub(crate) migrates: bool,
    /// A health route.
    pub(crate) health: Option<(String, Evidence)>,
    /// What the owner should know.
    pub(crate) warnings: Vec<String>,
}

/// The variable that names the settings.
const SETTINGS: &str = "DJANGO_SETTINGS_MODULE";

impl Django {
    /// The project at the base directory, or in the one folder below it that has a `manage.py`.
    pub(crate) fn find(app: &App<'_>) -> Option<Self> {
        let manage = if app.has_file("manage.py") {
            "manage.py".to_owned()
        } else {
            match app.find("*/manage.py", 2).as_slice() {
                [one] if harmless(one) => one.clone(),
                _ => return None,
            }
        };
        let code = Code::open(app, &manage)?;
        // A manage.py of another framework (Flask-Script) names no settings and no Django.
        let statements = code.statements();
        let of_django = statements.iter().flat_map(|s| &s.tokens).any(|t| t.text == SETTINGS || t.text == "django");
        if !of_django {
            return None;
        }
        let root = manage.strip_suffix("/manage.py").map(str::to_owned);
        let mut found = Self {
            manage,
            root,
            settings: None,
            application: None,
            asgi: None,
            static_root: None,
            needs: Vec::new(),
            migrates: true,
            health: None,
            warnings: Vec::new(),
        };
        found.read(app, settings_in(&code));
        Some(found)
    }

    /// A path below the folder of `manage.py`.
    fn path(&self, path: &str) -> String {
        match &self.root {
            Some(root) => format!("{root}/{path}"),
            None => path.to_owned(),
        }
    }

    fn file_of(&self, app: &App<'_>, module: &str) -> Option<String> {
        let stem = self.path(&module.replace('.', "/"));
        [format!("{stem}.py"), format!("{stem}/__init__.py")].into_iter().find(|path| app.has_file(path))
    }

    fn read(&mut self, app: &App<'_>, by_manage: Option<(String, Evidence)>) {
        let package = by_manage.as_ref().map(|(module, _)| module.split('.').next().unwrap_or(module).to_owned());
        let entry = |file: &str| -> Option<String> {
            let beside = package.as_ref().map(|p| self.path(&format!("{p}/{file}"))).filter(|path| app.has_file(path));
            let any = || app.find(&self.path(&format!("*/{file}")), 1).into_iter().find(|path| harmless(path));
            let here = || Some(self.path(file)).filter(|path| app.has_file(path));
            beside.or_else(any).or_else(here)
        };
        let (wsgi, asgi) = (entry("wsgi.py"), entry("asgi.py"));
        let by_wsgi = wsgi.as_deref().and_then(|path| Code::open(app, path)).and_then(|code| settings_in(&code));
        let settings = by_wsgi.clone().or_else(|| by_manage.clone());
        if let (Some(production), Some((other, _))) = (&by_wsgi, &by_manage)
            && production.0 != *other
        {
            self.settings = Some(production.clone());
        }
        let files = settings.as_ref().map(|(module, _)| self.settings_files(app, module)).unwrap_or_default();
        // What the settings themselves say counts; what they are made from only where they are silent.
        let mut said = BTreeSet::new();
        for path in &files {
            if let Some(code) = Code::open(app, path) {
                said.extend(self.read_settings(app, &code, &code.statements(), &said));
            }
        }
        if let Some((module, evidence)) = &settings
            && files.is_empty()
        {
            self.warnings.push(format!("{} names the settings {module}, which are not in the source", evidence.path));
        }
        let module = |path: &str| -> String {
            let inside =
                self.root.as_ref().and_then(|r| path.strip_prefix(r.as_str())?.strip_prefix('/')).unwrap_or(path);
            inside.trim_end_matches(".py").replace('/', ".")
        };
        let asgi = asgi.map(|path| (module(&path), "application".to_owned(), seen(&path, "the ASGI application")));
        let wsgi = wsgi.map(|path| (module(&path), "application".to_owned(), seen(&path, "the WSGI application")));
        if self.application.is_none() {
            self.application = wsgi.map(|(module, name, seen)| (module, name, Interface::Wsgi, seen));
        }
        self.asgi = asgi;
        if let Some(package) = &package
            && self.health.is_none()
        {
            self.health = routes::of_urls(app, &self.path(&format!("{package}/urls.py")));
        }
        self.needs.sort_by(|a, b| a.0.cmp(&b.0));
        self.needs.dedup_by(|a, b| a.0 == b.0);
    }

    /// The settings and what they are usually made from.
    fn settings_files(&self, app: &App<'_>, module: &str) -> Vec<String> {
        let Some(main) = self.file_of(app, module) else { return Vec::new() };
        let folder = main.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let shared =
            ["base.py", "common.py", "defaults.py", "settings.py"].into_iter().map(|name| format!("{folder}{name}"));
        let mut all = vec![main.clone()];
        all.extend(shared.filter(|path| *path != main && app.has_file(path)));
        all
    }

    fn read_settings(
        &mut self,
        app: &App<'_>,
        code: &Code,
        all: &[Statement<'_>],
        said: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let mut here = BTreeSet::new();
        for statement in all {
            self.needs.extend(needed(code, statement));
            let Some((name, value)) = statement.assignment() else { continue };
            here.insert(name.text.to_owned());
            match name.text {
                name if said.contains(name) => {}
                "STATIC_ROOT" if self.static_root.is_none() && !value.first().is_some_and(|t| t.names("None")) => {
                    self.static_root = Some(code.seen(name, "STATIC_ROOT is set"));
                }
                "WSGI_APPLICATION" if self.application.is_none() => {
                    let text = value.first().filter(|t| t.kind == Kind::Text).map(|t| t.text);
                    if let Some((module, attribute)) = text.filter(|t| dotted(t)).and_then(|t| t.rsplit_once('.')) {
                        let evidence = code.seen(name, format!("WSGI_APPLICATION = '{module}.{attribute}'"));
                        self.application = Some((module.to_owned(), attribute.to_owned(), Interface::Wsgi, evidence));
                    }
                }
                "ROOT_URLCONF" => {
                    let module = value.first().filter(|t| t.kind == Kind::Text).map(|t| t.text);
                    if let Some(path) = module.and_then(|m| self.file_of(app, m)) {
                        self.health = self.health.take().or_else(|| routes::of_urls(app, &path));
                    }
                }
                "DEBUG" if value.first().is_some_and(|t| t.names("True")) && statement.indent == 0 => {
                    let at = code.seen(name, "");
                    self.warnings.push(format!("{}{}: DEBUG = True shows internals to everybody", at.path, line(&at)));
                }
                "ALLOWED_HOSTS" if matches!(value, [a, b] if a.is("[") && b.is("]")) => {
                    let at = code.seen(name, "");
                    self.warnings.push(format!(
                        "{}{}: ALLOWED_HOSTS is empty: without DEBUG, Django answers every request with 400",
                        at.path,
                        line(&at)
                    ));
                }
                "DATABASES" if matches!(value, [a, b] if a.is("{") && b.is("}")) => self.migrates = false,
                "DATABASES"
                    if value.iter().any(|t| {
                        t.kind == Kind::Text && t.text.ends_with("sqlite3") && t.text.contains("backends")
                    }) =>
                {
                    let at = code.seen(name, "");
                    self.warnings.push(format!(
                        "{}{}: the SQLite database lies in the app's folder, which is new with every release: its data does \
                         not outlive one",
                        at.path,
                        line(&at)
                    ));
                }
                _ => {}
            }
        }
        here
    }
}

fn line(evidence: &Evidence) -> String {
    evidence.line.map(|line| format!(" line {line}")).unwrap_or_default()
}

/// The dotted name of something that Python can import.
fn dotted(text: &str) -> bool {
    !text.is_empty() && text.len() <= 200 && text.chars().all(|c| c.is_ascii_alphanumeric() || "._".contains(c))
}

/// `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")`
fn settings_in(code: &Code) -> Option<(String, Evidence)> {
    let statements = code.statements();
    statements.iter().find_map(|s| {
        let at = s.tokens.iter().position(|t| t.kind == Kind::Text && t.text == SETTINGS)?;
        let value = s.tokens.iter().skip(at + 1).find(|t| t.kind == Kind::Text)?;
        let module =
            value.text.chars().all(|c| c.is_ascii_alphanumeric() || "._".contains(c)) && !value.text.is_empty();
        module.then(|| (value.text.to_owned(), code.seen(value, format!("the settings are {}", value.text))))
    })
}

/// Variables that are read without a default: `os.environ["X"]`, `env("X")`, `config("X")`, `env.db("X")`.
fn needed(code: &Code, statement: &Statement<'_>) -> Vec<(String, Evidence)> {
    let mut found = Vec::new();
    let named = |text: &str| {
        !text.is_empty()
            && text.len() <= 64
            && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    for (at, token) in statement.tokens.iter().enumerate() {
        if token.kind != Kind::Text || !named(token.text) {
            continue;
        }
        let before = |n: usize| at.checked_sub(n).and_then(|i| statement.tokens.get(i));
        let after = statement.tokens.get(at + 1);
        let subscript = before(1).is_some_and(|t| t.is("[")) && before(2).is_some_and(|t| t.names("environ"));
        let call = before(1).is_some_and(|t| t.is("(")) && after.is_some_and(|t| t.is(")"));
        let plain = before(2).is_some_and(|t| t.names("env") || t.names("config"));
        let typed = before(2).is_some_and(|t| t.kind == Kind::Word)
            && before(3).is_some_and(|t| t.is("."))
            && before(4).is_some_and(|t| t.names("env"));
        let assigned = statement.tokens.get(at + 2).is_some_and(|t| t.is("=")) && statement.begins(&["os"]);
        if (subscript && !assigned) || (call && (plain || typed)) {
            found.push((token.text.to_owned(), code.seen(token, format!("{} is read, without a default", token.text))));
        }
    }
    found
}
