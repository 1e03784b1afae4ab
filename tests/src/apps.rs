//! Apps: folders with real programs in them.

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder with an app in it, gone when dropped.
pub struct App {
    dir: TempDir,
    name: String,
}

impl App {
    /// An empty folder; its last part is the resource's name.
    #[must_use]
    pub fn empty(name: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("shipway-app-").tempdir().expect("a temporary directory");
        std::fs::create_dir(dir.path().join(name)).expect("the app's folder");
        Self { dir, name: name.to_owned() }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.dir.path().join(&self.name)
    }

    /// Writes a file, with its folders.
    pub fn write(&self, path: &str, content: &str) -> &Self {
        let path = self.path().join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("folders");
        }
        std::fs::write(path, content).expect("a file");
        self
    }

    /// A Node server without dependencies that answers `body`, and `health` on `/health`.
    #[must_use]
    pub fn node(name: &str, body: &str) -> Self {
        let app = Self::empty(name);
        app.write(
            "package.json",
            &format!(r#"{{"name":"{name}","version":"1.0.0","private":true,"scripts":{{"start":"node server.js"}}}}"#),
        );
        app.serves(body);
        app.write(
            "shipway.toml",
            "[health]\npath = \"/health\"\ninterval = \"100ms\"\n[rollback]\nwatch = \"300ms\"\n",
        );
        app
    }

    /// Replaces the server by one that answers `body`.
    pub fn serves(&self, body: &str) -> &Self {
        self.server(&format!("res.end({body:?})"), "process.env.PORT")
    }

    /// Replaces the server: what it does with a request, and where it listens.
    pub fn server(&self, handle: &str, port: &str) -> &Self {
        self.write(
            "server.js",
            &format!(
                "const http = require('http');\n\
                 const server = http.createServer((req, res) => {{ {handle} }});\n\
                 server.keepAliveTimeout = 60000;\n\
                 server.listen({port}, process.env.HOST || '127.0.0.1', () => console.log('listening'));\n\
                 process.on('SIGTERM', () => server.close(() => process.exit(0)));\n"
            ),
        )
    }
}

/// Runs a program in a folder; a failure shows what it wrote.
pub fn run_in(dir: &Path, program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).current_dir(dir).output();
    let output = output.unwrap_or_else(|e| panic!("{program} cannot be run: {e}"));
    assert!(
        output.status.success(),
        "{program} {args:?} failed:\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// npm in a folder, quietly.
pub fn npm(dir: &Path, args: &[&str]) {
    run_in(dir, "npm", &[args, &["--no-audit", "--no-fund", "--loglevel=error"]].concat());
}
