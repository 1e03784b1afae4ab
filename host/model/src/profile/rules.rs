//! What a value must be beyond its type. Only what can be said without looking at the source: whether keys contradict
//! each other or something is missing is for the planner (`profile-conflict`, `plan-incomplete`), which sees both.

use super::{Profile, keys::joined};
use crate::Name;
use std::{collections::BTreeSet, time::Duration};

/// A rule that a value breaks.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) key: String,
    pub(super) message: String,
    pub(super) nearest: Option<String>,
}

/// Host names are compared in lower case, and without the dot of the root.
pub(super) fn normalise(profile: &mut Profile) {
    for host in &mut profile.access.hosts {
        *host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    }
}

/// Every rule that the profile breaks.
pub(super) fn broken(profile: &Profile) -> Vec<Fault> {
    let mut faults = Faults::default();
    if let Some(name) = &profile.name
        && let Err(e) = name.parse::<Name>()
    {
        let message = format!("{name:?} is not a DNS label: {}", e.why);
        faults.0.push(Fault { key: "name".into(), message, nearest: Name::from_text(name).map(String::from) });
    }
    faults.source(profile);
    faults.runtime(profile);
    faults.health(profile);
    faults.access(profile);
    faults.environment(profile);
    faults.plugins(profile);
    faults.0
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.0.push(Fault { key: key.into(), message: message.into(), nearest: None });
    }

    fn source(&mut self, profile: &Profile) {
        if let Some(base) = &profile.source.base {
            self.inside("source.base", base);
        }
        if profile.source.ignore.iter().any(|pattern| pattern.trim().is_empty()) {
            self.add("source.ignore", "an empty pattern ignores nothing: take it out");
        }
    }

    fn runtime(&mut self, profile: &Profile) {
        let runtime = &profile.runtime;
        for (key, value) in [("runtime.start", &runtime.start), ("runtime.publish", &runtime.publish)] {
            if value.as_deref().is_some_and(|v| v.trim().is_empty()) {
                self.add(key, "is empty: leave the key out to let detection decide");
            }
        }
        if let Some(directory) = runtime.publish.as_ref().filter(|p| !p.trim().is_empty()) {
            self.inside("runtime.publish", directory);
        }
        if let Some(app_type) = &runtime.app_type
            && !is_plain(app_type)
        {
            self.add("runtime.type", format!("{app_type:?} is not an app type such as \"node\" or \"python\""));
        }
        for (tool, version) in &runtime.tools {
            let key = joined("runtime.tools", tool);
            if !is_plain(tool) {
                self.add(key, "a tool's name has letters, digits, `-`, `_` and `.`");
            } else if version.trim().is_empty() || version.len() > 64 || version.chars().any(char::is_control) {
                self.add(key, format!("{version:?} is not a version or range such as \"22\" or \">=3.12\""));
            }
        }
    }

    fn health(&mut self, profile: &Profile) {
        let health = &profile.health;
        if let Some(path) = &health.path {
            self.url_path("health.path", path, 2048);
        }
        if let Some(text) = &health.text
            && (text.is_empty() || text.len() > 1024)
        {
            self.add("health.text", "a text to look for has 1 to 1024 bytes");
        }
        const SHORTEST: Duration = Duration::from_millis(10);
        const NONE: Duration = Duration::ZERO;
        let (minutes, hour) = (Duration::from_secs(300), Duration::from_secs(3600));
        for (key, value, least, most) in [
            ("health.interval", health.interval, SHORTEST, minutes),
            ("health.timeout", health.timeout, SHORTEST, minutes),
            ("health.start_period", health.start_period, NONE, hour),
            ("rollback.watch", profile.rollback.watch, NONE, hour),
        ] {
            if let Some(value) = value
                && !(least..=most).contains(&value.get())
            {
                let most = most.as_secs() / 60;
                self.add(key, format!("{value} is not between {}ms and {most}m", least.as_millis()));
            }
        }
    }

    fn access(&mut self, profile: &Profile) {
        let mut seen = BTreeSet::new();
        for host in &profile.access.hosts {
            if let Err(why) = dns_name(host) {
                self.add("access.hosts", format!("{host:?} is not a host name: {why}"));
            } else if !seen.insert(host) {
                self.add("access.hosts", format!("{host:?} is there twice"));
            }
        }
        if let Some(path) = &profile.access.path {
            self.url_path("access.path", path, 512);
            if path.contains('?') {
                self.add("access.path", format!("{path:?} has a query: a route is a path only"));
            }
        }
    }

    fn environment(&mut self, profile: &Profile) {
        for name in profile.env.keys() {
            let key = joined("env", name);
            match name.as_str() {
                _ if !is_variable(name) => self.add(key, NOT_A_VARIABLE),
                "PORT" => self.add(key, "PORT is given by the host; for a fixed port set `network.port`"),
                "HOST" => self.add(key, "HOST is given by the host: it says where the app has to listen"),
                _ if profile.secrets.contains_key(name) => {
                    self.add(key, format!("{name} is in [secrets], too: which one holds?"));
                }
                _ => {}
            }
        }
        for (name, source) in &profile.secrets {
            let key = joined("secrets", name);
            if !is_variable(name) {
                self.add(key, NOT_A_VARIABLE);
            } else if matches!(name.as_str(), "PORT" | "HOST") {
                self.add(key, format!("{name} is given by the host"));
            } else if let Err(why) = secret_source(source) {
                // The value is not shown: somebody may have put the secret itself there.
                self.add(key, why);
            }
        }
    }

    fn plugins(&mut self, profile: &Profile) {
        let allow = profile.plugins.allow.as_deref().unwrap_or_default();
        for (key, list) in [("plugins.allow", allow), ("plugins.deny", &profile.plugins.deny)] {
            if list.iter().any(|plugin| plugin.trim().is_empty()) {
                self.add(key, "an empty name names no plugin");
            }
        }
        if let Some(both) = allow.iter().find(|plugin| profile.plugins.deny.contains(plugin)) {
            self.add("plugins.deny", format!("{both:?} is in plugins.allow, too: which one holds?"));
        }
    }

    /// A relative path that stays where it is.
    fn inside(&mut self, key: &str, path: &str) {
        let why = if path.trim().is_empty() {
            "is empty; the root of the source is \".\"".to_owned()
        } else if path.starts_with('/') {
            format!("{path:?} is absolute; it is relative to the source")
        } else if path.split(['/', '\\']).any(|part| part == "..") {
            format!("{path:?} leaves the source by `..`")
        } else if path.contains('\\') {
            format!("{path:?} has a backslash; parts are separated by `/`")
        } else if path.len() > 1024 || path.chars().any(char::is_control) {
            "is longer than 1024 bytes or holds control characters".to_owned()
        } else {
            return;
        };
        self.add(key, why);
    }

    fn url_path(&mut self, key: &str, path: &str, most: usize) {
        if path.contains("://") {
            self.add(key, format!("{path:?} is a whole URL; only its path belongs here"));
        } else if !path.starts_with('/') {
            let nearest = Some(format!("/{path}")).filter(|p| !p.contains(char::is_whitespace));
            let message = format!("{path:?} does not begin with `/`");
            self.0.push(Fault { key: key.to_owned(), message, nearest });
        } else if path.len() > most || path.chars().any(|c| c.is_control() || c.is_whitespace() || c == '#') {
            self.add(key, format!("has white space, `#` or control characters, or more than {most} bytes"));
        } else if path.split('/').any(|part| part == "..") {
            self.add(key, format!("{path:?} has `..` in it, which no server would be asked for"));
        }
    }
}

const NOT_A_VARIABLE: &str = "a variable's name has letters, digits and `_`, and does not begin with a digit";

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 128
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A name such as plugins and tools have.
fn is_plain(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.+".contains(&b))
}

fn secret_source(source: &str) -> Result<(), &'static str> {
    match source.split_once(':') {
        Some(("env", name)) if is_variable(name) => Ok(()),
        Some(("env", _)) => Err("after `env:` comes the name of a variable of the host"),
        Some(("file", path)) if path.starts_with('/') && !path.chars().any(char::is_control) => Ok(()),
        Some(("file", _)) => Err("after `file:` comes an absolute path on the host"),
        Some(("store", _)) => Err("the host has no store of secrets yet; use `env:NAME` or `file:/path`"),
        _ => Err("a secret is named by its source, `env:NAME` or `file:/path`; its value never stands here"),
    }
}

fn dns_name(host: &str) -> Result<(), &'static str> {
    if host.is_empty() || host.len() > 253 {
        return Err("it has 1 to 253 characters");
    }
    if host.contains("://") {
        return Err("it is a URL; only its host belongs here");
    }
    if host.contains('/') {
        return Err("a path belongs into access.path");
    }
    if host.contains('*') {
        return Err("wildcards are not supported; name each host");
    }
    if host.contains(':') {
        return Err("it has a port; the router's port holds for all");
    }
    if !host.is_ascii() {
        return Err("write international names in their ASCII form (xn--…)");
    }
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if host.split('.').all(label) { Ok(()) } else { Err("a label has 1 to 63 letters, digits and inner hyphens") }
}
