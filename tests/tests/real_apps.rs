//! Apps as their own generators make them, with their real package managers, from a folder to a reachable address.

use tests::{App, TestHost, get, npm, run_in};

fn deploys(app: &App, name: &str, path: &str, content: &str, app_type: &str, framework: Option<&str>) {
    let host = TestHost::start();
    let (exit, deployment) = host.deploy(&app.path(), &["--set", "rollback.watch=500ms"]);
    assert_eq!((exit, &deployment["status"]), (0, &"succeeded".into()), "{deployment:#}\n{}", host.log());
    assert_eq!(deployment["detection"]["appType"], app_type);
    assert_eq!(deployment["detection"]["framework"].as_str(), framework);
    let url = deployment["urls"][0].as_str().expect("a url");
    assert!(url.starts_with(&format!("http://{name}.localhost:")), "{url}");
    let (status, body) = get(host.http(), &format!("{name}.localhost"), path).expect("it answers");
    assert_eq!(status, 200, "{body}");
    assert!(body.contains(content), "its own content: {body}");
}

#[test]
fn an_express_app_with_its_dependencies_from_npm() {
    let app = App::empty("express-app");
    app.write("package.json", r#"{"name":"express-app","private":true,"main":"index.js"}"#);
    npm(&app.path(), &["install", "express@4"]);
    app.write(
        "index.js",
        "const app = require('express')();\napp.get('/', (req, res) => res.json({ made: 'by express' }));\napp.listen(process.env.PORT || 3000);\n",
    );
    std::fs::remove_dir_all(app.path().join("node_modules")).expect("the build installs by itself");
    deploys(&app, "express-app", "/", "by express", "node", Some("express"));
}

#[test]
fn a_flask_app_with_its_dependencies_from_pypi_in_its_own_environment() {
    let app = App::empty("flask-app");
    app.write("requirements.txt", "flask==3.0.3\ngunicorn==22.0.0\n");
    app.write(
        "app.py",
        "import sys\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/')\ndef index():\n    return 'made by flask in ' + sys.prefix\n",
    );
    deploys(&app, "flask-app", "/", "/.venv", "python", Some("flask"));
}

#[test]
fn a_fastapi_app_with_its_dependencies_from_pypi() {
    let app = App::empty("fastapi-app");
    app.write("requirements.txt", "fastapi==0.115.0\nuvicorn==0.30.6\n");
    app.write(
        "main.py",
        "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/')\ndef index():\n    return {'made': 'by fastapi'}\n",
    );
    deploys(&app, "fastapi-app", "/", "by fastapi", "python", Some("fastapi"));
}

#[test]
fn a_vite_site_as_its_generator_makes_it() {
    let app = App::empty("vite-site");
    let parent = app.path().parent().expect("a parent").to_owned();
    std::fs::remove_dir(app.path()).expect("the generator makes the folder");
    run_in(
        &parent,
        "npm",
        &["create", "--yes", "vite@latest", "vite-site", "--", "--template", "vanilla", "--no-interactive"],
    );
    npm(&app.path(), &["install"]);
    let title = std::fs::read_to_string(app.path().join("index.html")).expect("the generator's page");
    assert!(title.contains("<title>"), "{title}");
    std::fs::remove_dir_all(app.path().join("node_modules")).expect("the build installs by itself");
    deploys(&app, "vite-site", "/", "/assets/index-", "node", Some("vite"));
}

#[test]
fn a_plain_html_folder() {
    let app = App::empty("plain");
    app.write("index.html", "<!doctype html><title>Plain</title><p>made by hand</p>");
    app.write("about.html", "<!doctype html><p>about</p>");
    deploys(&app, "plain", "/", "made by hand", "static", None);
}

#[test]
fn an_already_built_directory() {
    let app = App::empty("built");
    app.write("assets/a.txt", "asset").write("index.html", "<p>built elsewhere</p>").write(".gitignore", "*\n");
    let host = TestHost::start();
    let (exit, deployment) = host.deploy(&app.path(), &["--static", "--set", "rollback.watch=0s"]);
    assert_eq!(exit, 0, "{deployment:#}");
    assert_eq!(deployment["sourceSummary"]["kind"], "static-directory");
    assert_eq!(get(host.http(), "built.localhost", "/assets/a.txt"), Ok((200, "asset".into())));
}
