//! What a healthy answer is. It travels from `checks` to `evaluate` in the facts of each check.

use shipway_sdk::{Fact, HttpResponse, Plan};

/// Bytes of a body that are shown.
const EXCERPT: usize = 120;

/// The health policy of a plan.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Policy {
    /// The path that is asked; `/` when nothing is declared.
    path: Option<String>,
    /// The expected status; any below 400 when none.
    status: Option<u16>,
    /// Text that the body holds.
    text: Option<String>,
}

/// How an answer compares with the policy.
pub(crate) enum Answer {
    Right { observed: String, warnings: Vec<String> },
    Wrong { observed: String },
    NotReady { observed: String },
}

impl Policy {
    pub(crate) fn of(plan: &Plan) -> Self {
        match &plan.health {
            Some(h) => Self { path: Some(h.path.clone()), status: h.status, text: h.text.clone() },
            None => Self::default(),
        }
    }

    pub(crate) fn facts(&self) -> Vec<Fact> {
        let status = self.status.map(|s| s.to_string());
        let all = [("path", &self.path), ("status", &status), ("text", &self.text)];
        let known = all.into_iter().filter_map(|(key, value)| Some((key, value.clone()?)));
        known.map(|(key, value)| Fact { key: key.to_owned(), value }).collect()
    }

    pub(crate) fn from_facts(facts: &[Fact]) -> Self {
        let get = |key: &str| facts.iter().find(|f| f.key == key).map(|f| f.value.clone());
        Self { path: get("path"), status: get("status").and_then(|s| s.parse().ok()), text: get("text") }
    }

    /// The path that is asked.
    pub(crate) fn path(&self) -> &str {
        self.path.as_deref().unwrap_or("/")
    }

    /// What is expected, as one line.
    pub(crate) fn expected(&self) -> String {
        if self.path.is_none() {
            return "GET / answers HTTP, whatever it says".to_owned();
        }
        let status = self.status.map_or("a status below 400".to_owned(), |s| s.to_string());
        let text = self.text.as_ref().map_or(String::new(), |t| format!(" with {t:?} in its body"));
        format!("GET {} answers {status}{text}", self.path())
    }

    /// Compares an answer with what is expected.
    pub(crate) fn judge(&self, response: &HttpResponse) -> Answer {
        let observed = said(response);
        let mut warnings = vec![];
        if self.path.is_none() {
            warnings.push(
                "no health check is declared, so any HTTP answer counts: set [health] path in shipway.toml to ask for more"
                    .to_owned(),
            );
            if response.status >= 400 {
                warnings.push(format!("GET / answers {}", response.status));
            }
            return Answer::Right { observed, warnings };
        }
        let right = self.status.map_or(response.status < 400, |s| s == response.status);
        if !right {
            let warming = response.status == 503;
            return if warming { Answer::NotReady { observed } } else { Answer::Wrong { observed } };
        }
        if let Some(text) = &self.text
            && !String::from_utf8_lossy(&response.body).contains(text.as_str())
        {
            let cut = if response.truncated { " in the first 64 KiB of its body" } else { "" };
            return Answer::Wrong { observed: format!("{observed}, without {text:?}{cut}") };
        }
        if (300..400).contains(&response.status) {
            let target = header(response, "location").unwrap_or("an unnamed place");
            warnings.push(format!(
                "{} redirects to {target}: a health check is better asked where it answers itself",
                self.path()
            ));
        }
        Answer::Right { observed, warnings }
    }
}

/// An answer as one line: the status, where a redirect leads, the beginning of a body that is not a page.
pub(crate) fn said(response: &HttpResponse) -> String {
    if let (300..400, Some(target)) = (response.status, header(response, "location")) {
        return format!("{}, to {target}", response.status);
    }
    let body = String::from_utf8_lossy(&response.body);
    let line = body.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or_default();
    if line.is_empty() || line.starts_with('<') || line.contains('\u{fffd}') {
        return response.status.to_string();
    }
    let excerpt: String = line.chars().filter(|c| !c.is_control()).take(EXCERPT).collect();
    format!("{}, {excerpt:?}", response.status)
}

fn header<'r>(response: &'r HttpResponse, name: &str) -> Option<&'r str> {
    response.headers.iter().find(|h| h.key.eq_ignore_ascii_case(name)).map(|h| h.value.as_str())
}
