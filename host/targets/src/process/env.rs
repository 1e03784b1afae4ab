//! The environment of what runs: the operator's list, the plan's, the profile's, then what the host alone decides.
//! The profile wins over the plan, because what an owner declared always beats what was found out.

use super::Operator;
use std::{
    collections::BTreeMap,
    path::{Component, Path},
};

/// In a plan: directories relative to the app root that go in front of PATH, with colons between. Not passed on.
pub(super) const PATH_PREPEND: &str = "SHIPWAY_PATH_PREPEND";

pub(super) type Env = BTreeMap<String, String>;

/// Caches of tools that are kept between builds: the variable, and the folder under the cache directory. An operator
/// who set one keeps it.
const CACHES: &[(&str, &str)] = &[
    ("XDG_CACHE_HOME", "xdg"),
    ("npm_config_cache", "npm"),
    ("YARN_CACHE_FOLDER", "yarn"),
    ("BUN_INSTALL_CACHE_DIR", "bun"),
    ("PIP_CACHE_DIR", "pip"),
    ("UV_CACHE_DIR", "uv"),
    ("POETRY_CACHE_DIR", "poetry"),
    ("GOCACHE", "go-build"),
    ("GOMODCACHE", "go-mod"),
];

/// Of a build step. `layers` in order, later ones win.
pub(super) fn of_build(operator: &Operator, cache: &Path, app_root: &Path, layers: &[&Env]) -> Env {
    let mut env = operator.for_builds();
    for (variable, folder) in CACHES {
        env.entry((*variable).into()).or_insert_with(|| cache.join(folder).display().to_string());
    }
    env.insert("CI".into(), "1".into());
    let home = operator.home().map_or_else(|| cache.join("home").display().to_string(), str::to_owned);
    env.insert("HOME".into(), home);
    finish(env, operator, app_root, layers)
}

/// Of an app or a release command.
pub(super) fn of_run(operator: &Operator, home: &Path, app_root: &Path, layers: &[&Env]) -> Env {
    let mut env = operator.for_apps();
    env.insert("HOME".into(), home.display().to_string());
    finish(env, operator, app_root, layers)
}

fn finish(mut env: Env, operator: &Operator, app_root: &Path, layers: &[&Env]) -> Env {
    env.insert("PATH".into(), operator.path().into());
    for layer in layers {
        env.extend(layer.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    if let Some(directories) = env.remove(PATH_PREPEND) {
        let inside = |d: &&str| {
            let plain = |c| matches!(c, Component::Normal(_) | Component::CurDir);
            !d.is_empty() && Path::new(d).components().all(plain)
        };
        let mut path: Vec<String> =
            directories.split(':').filter(inside).map(|d| app_root.join(d).display().to_string()).collect();
        path.extend(env.get("PATH").cloned());
        env.insert("PATH".into(), path.join(":"));
    }
    env
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operator() -> Operator {
        let vars = [
            ("PATH", "/bin"),
            ("HOME", "/root"),
            ("LC_ALL", "C.UTF-8"),
            ("HTTPS_PROXY", "p"),
            ("NPM_TOKEN", "n"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("npm_config_cache", "/mine"),
            ("REQUESTS_CA_BUNDLE", "/ca"),
        ];
        Operator::of(vars.map(|(k, v)| (k.into(), v.into())))
    }
    fn env(pairs: &[(&str, &str)]) -> Env {
        pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect()
    }

    #[test]
    fn an_app_sees_a_list_and_nothing_else_of_the_operator() {
        let run = of_run(&operator(), Path::new("/h"), Path::new("/app"), &[&env(&[("A", "1")]), &env(&[("A", "2")])]);
        let names: Vec<&str> = run.keys().map(String::as_str).collect();
        assert_eq!(names, ["A", "HOME", "HTTPS_PROXY", "LC_ALL", "PATH", "REQUESTS_CA_BUNDLE"]);
        assert_eq!((run["A"].as_str(), run["HOME"].as_str()), ("2", "/h"));
    }

    #[test]
    fn a_build_has_registries_caches_and_the_operators_home() {
        let build = of_build(&operator(), Path::new("/c"), Path::new("/app"), &[]);
        assert_eq!(build["NPM_TOKEN"], "n");
        assert_eq!(build["npm_config_cache"], "/mine", "the operator's own choice stays");
        assert_eq!(build["PIP_CACHE_DIR"], "/c/pip");
        assert_eq!((build["HOME"].as_str(), build["CI"].as_str()), ("/root", "1"));
        assert!(!build.contains_key("AWS_SECRET_ACCESS_KEY"));
    }

    #[test]
    fn directories_of_the_app_go_in_front_of_path_and_none_from_outside() {
        let layer = env(&[(PATH_PREPEND, ".venv/bin:../evil:/abs:node_modules/.bin:")]);
        let run = of_run(&operator(), Path::new("/h"), Path::new("/app"), &[&layer]);
        assert_eq!(run["PATH"], "/app/.venv/bin:/app/node_modules/.bin:/bin");
        assert!(!run.contains_key(PATH_PREPEND));
    }
}
