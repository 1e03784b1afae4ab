//! The three apps that are looked at: trees as they are cloned, before anything is installed.

use tests::App;

/// An app and what it must be detected as.
pub(crate) struct Tree {
    pub(crate) app: App,
    /// How the table calls it.
    pub(crate) name: &'static str,
    pub(crate) app_type: &'static str,
    /// The first-party plugin that claims it.
    pub(crate) plugin: &'static str,
}

impl Tree {
    /// Where it lies, as an argument.
    pub(crate) fn path(&self) -> String {
        self.app.path().display().to_string()
    }
}

/// All three.
pub(crate) fn three() -> [Tree; 3] {
    [
        Tree { app: express(), name: "express", app_type: "node", plugin: "shipway/node" },
        Tree { app: flask(), name: "flask", app_type: "python", plugin: "shipway/python" },
        Tree { app: html(), name: "html", app_type: "static", plugin: "shipway/static" },
    ]
}

fn express() -> App {
    let app = App::empty("express");
    app.write(
        "package.json",
        r#"{"name":"express","version":"1.0.0","private":true,"engines":{"node":">=18"},
            "scripts":{"start":"node ./bin/www","test":"node --test"},
            "dependencies":{"cookie-parser":"~1.4.4","debug":"~2.6.9","express":"~4.16.1","morgan":"~1.9.1","pug":"2.0.0-beta11"}}"#,
    );
    let locked = |i: usize| format!(r#""node_modules/package-{i}":{{"version":"1.{i}.0","license":"MIT"}}"#);
    let packages: Vec<String> = (0..100).map(locked).collect();
    app.write(
        "package-lock.json",
        &format!(r#"{{"name":"express","lockfileVersion":3,"packages":{{{}}}}}"#, packages.join(",")),
    );
    app.write(".gitignore", "node_modules\n.env\n").write("README.md", "# An app\n");
    app.write(
        "app.js",
        "const express = require('express');\nconst app = express();\napp.use('/', require('./routes/index'));\n\
         app.use('/users', require('./routes/users'));\nmodule.exports = app;\n",
    );
    app.write(
        "bin/www",
        "#!/usr/bin/env node\nconst app = require('../app');\nrequire('http').createServer(app).listen(process.env.PORT || 3000);\n",
    );
    for route in ["index", "users", "orders", "health"] {
        app.write(
            &format!("routes/{route}.js"),
            "const router = require('express').Router();\nmodule.exports = router;\n",
        );
        app.write(&format!("views/{route}.pug"), "extends layout\nblock content\n  h1= title\n");
    }
    app.write("public/stylesheets/style.css", "body { margin: 0 }\n");
    app.write("test/app.test.js", "require('node:test')('it loads', () => require('../app'));\n");
    app
}

fn flask() -> App {
    let app = App::empty("flask");
    app.write("requirements.txt", "flask==3.0.3\ngunicorn==22.0.0\nsqlalchemy>=2\npython-dotenv\n");
    app.write(".python-version", "3.11\n").write("README.md", "# An app\n").write(".gitignore", "venv\n__pycache__\n");
    app.write(
        "app.py",
        "from flask import Flask, render_template\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef index():\n    \
         return render_template('index.html')\n",
    );
    for module in ["__init__", "models", "forms", "views", "api"] {
        app.write(&format!("shop/{module}.py"), "import flask\n");
    }
    for page in ["base", "index", "cart"] {
        app.write(&format!("templates/{page}.html"), "<!doctype html><title>shop</title>\n");
    }
    app.write("static/style.css", "body { margin: 0 }\n").write("tests/test_app.py", "from app import app\n");
    app
}

fn html() -> App {
    let app = App::empty("html");
    for page in ["index", "about", "contact", "blog/first", "blog/second"] {
        app.write(
            &format!("{page}.html"),
            "<!doctype html><title>a site</title><link rel=stylesheet href=/css/site.css>\n",
        );
    }
    app.write("css/site.css", "body { margin: 0 }\n").write("js/site.js", "console.log('hello')\n");
    app.write("img/logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>\n").write("robots.txt", "User-agent: *\n");
    app
}
