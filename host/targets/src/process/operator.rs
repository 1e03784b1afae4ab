//! The environment of whoever runs the host, and which parts of it others may see.

use std::collections::BTreeMap;

/// Where programs are looked for when nobody says.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// For apps and builds: language, time, trust, proxies, and where tool managers keep their tools (their shims look in
/// HOME otherwise, and an app has a HOME of its own).
const EVERYWHERE: &[&str] = &[
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "PYENV_ROOT",
    "RBENV_ROOT",
    "NVM_DIR",
    "VOLTA_HOME",
    "ASDF_DIR",
    "ASDF_DATA_DIR",
    "MISE_DATA_DIR",
    "RUSTUP_HOME",
    "JAVA_HOME",
    "GOROOT",
    "DOTNET_ROOT",
];
const EVERYWHERE_PREFIX: &[&str] = &["LC_", "SSL_CERT_"];

/// For builds only: registries, their credentials and mirrors, compilers.
const BUILD: &[&str] = &["USER", "LOGNAME", "SSH_AUTH_SOCK", "CC", "CXX", "PKG_CONFIG_PATH"];
const BUILD_PREFIX: &[&str] = &[
    "npm_config_",
    "NPM_",
    "NODE_",
    "YARN_",
    "PNPM_",
    "BUN_",
    "COREPACK_",
    "PIP_",
    "UV_",
    "POETRY_",
    "CARGO_",
    "GO",
    "XDG_CONFIG_",
    "GIT_SSL_",
    "MAVEN_",
    "GRADLE_",
    "COMPOSER_",
    "BUNDLE_",
];

/// Not for builds although a prefix above lets it in: whether a build is one for production is the plan's to say, and
/// cloud credentials are no business of it.
const NOT_FOR_BUILDS: &[&str] = &["NODE_ENV", "GOOGLE_"];

/// The environment that the host itself was started with.
#[derive(Debug, Clone)]
pub struct Operator {
    vars: BTreeMap<String, String>,
}

impl Operator {
    /// This process' environment. Variables that are not UTF-8 are left out.
    #[must_use]
    pub fn current() -> Self {
        Self::of(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))))
    }

    /// Another environment.
    pub fn of(vars: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { vars: vars.into_iter().collect() }
    }

    /// Where programs are looked for.
    pub(super) fn path(&self) -> &str {
        self.vars.get("PATH").map_or(DEFAULT_PATH, String::as_str)
    }

    pub(super) fn home(&self) -> Option<&str> {
        self.vars.get("HOME").map(String::as_str).filter(|h| !h.is_empty())
    }

    /// What an app may see.
    pub(super) fn for_apps(&self) -> BTreeMap<String, String> {
        self.select(|name| {
            EVERYWHERE.contains(&name) || EVERYWHERE_PREFIX.iter().any(|p| name.starts_with(p)) || is_trust(name)
        })
    }

    /// What a build may see besides.
    pub(super) fn for_builds(&self) -> BTreeMap<String, String> {
        let mut vars = self.for_apps();
        let listed = |name: &str| BUILD.contains(&name) || BUILD_PREFIX.iter().any(|p| name.starts_with(p));
        vars.extend(self.select(|name| listed(name) && !NOT_FOR_BUILDS.iter().any(|p| name.starts_with(p))));
        vars
    }

    fn select(&self, wanted: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
        self.vars.iter().filter(|(name, _)| wanted(name)).map(|(n, v)| (n.clone(), v.clone())).collect()
    }
}

/// Certificate bundles by whatever tool: `REQUESTS_CA_BUNDLE`, `NODE_EXTRA_CA_CERTS`, `PIP_CERT`.
fn is_trust(name: &str) -> bool {
    name.contains("_CA_") || name.ends_with("_CA") || name == "PIP_CERT"
}
