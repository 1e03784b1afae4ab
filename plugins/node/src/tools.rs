//! What a command of a script does: serve in production, serve while developing, build, migrate, hand out files.
//!
//! This is where "never a dev server" is decided. A tool that is not known here counts as a server of the app's own.

use crate::watchers::{develops_with_bun, entry_of, node, plain_node, under_watcher, with};
use crate::words::Simple;

/// What a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Does {
    /// Runs a file with node; the entry as written.
    Node(String),
    /// Serves the app in production, as far as one can tell.
    Serves,
    /// Serves while somebody develops. `instead` serves the same in production, when that can be said.
    Develops { instead: Option<Simple> },
    /// Hands out a directory of files.
    Files { dir: Option<String>, single_page: bool },
    /// Makes something and ends.
    Builds,
    /// Changes a database and ends.
    Migrates,
    /// Installs packages.
    Installs,
    /// Runs another script of the same manifest.
    Script(String),
    /// Starts several apps of a workspace at once.
    FansOut,
    /// Says something, or nothing.
    Nothing,
}

/// Classifies one command. `has_script` knows the scripts of the manifest.
#[must_use]
pub(crate) fn does(command: &Simple, has_script: &dyn Fn(&str) -> bool) -> Does {
    let sub = command.word(1);
    match base_name(command.program()) {
        "node" | "nodejs" => node(command),
        "npm" | "pnpm" | "yarn" | "bun" | "npx" | "bunx" => package_manager(command, has_script),
        "nodemon" | "node-dev" | "supervisor" => Does::Develops { instead: under_watcher(command) },
        "ts-node-dev" | "tsnd" => Does::Develops { instead: entry_of(command).map(|e| Simple::of(&["ts-node", &e])) },
        "tsx" if sub == "watch" => Does::Develops { instead: command.args().get(1..).map(|rest| with("tsx", rest)) },
        "pm2" if sub == "start" => Does::Develops { instead: command.args().get(1..).and_then(plain_node) },
        "forever" => Does::Develops { instead: plain_node(command.args()) },
        "turbo" | "lerna" | "nx" | "lage" | "wsrun" => match sub {
            "build" => Does::Builds,
            _ if command.args().iter().any(|a| a == "build") => Does::Builds,
            _ => Does::FansOut,
        },
        "serve" | "http-server" | "sirv" | "static-server" | "local-web-server" | "ws" | "http-serve"
        | "live-server" | "lite-server" | "browser-sync" | "superstatic" | "spa-http-server" => files(command),
        "prisma" if matches!(sub, "migrate" | "db") => Does::Migrates,
        "prisma" | "tsc" | "tsc-alias" | "tsup" | "babel" | "swc" | "rollup" | "esbuild" | "webpack-cli" | "rimraf"
        | "sass" | "tailwindcss" | "postcss" | "copyfiles" | "cpx" | "shx" | "rm" | "cp" | "mkdir" | "mv" | "del"
        | "gulp" | "grunt" | "unbuild" | "pkgroll" | "ncc" | "vue-tsc" | "svelte-check" | "eslint" | "stylus" => {
            Does::Builds
        }
        "knex" if sub.starts_with("migrate:") || sub.starts_with("seed:") => Does::Migrates,
        "sequelize" | "sequelize-cli" if sub.starts_with("db:") => Does::Migrates,
        "typeorm" | "typeorm-ts-node-commonjs" | "typeorm-ts-node-esm" if sub.starts_with("migration:") => {
            Does::Migrates
        }
        "drizzle-kit" => {
            if matches!(sub, "migrate" | "push") {
                Does::Migrates
            } else {
                Does::Builds
            }
        }
        "node-pg-migrate" | "db-migrate" | "migrate-mongo" | "mikro-orm" | "dbmate" => Does::Migrates,
        // Several things at once on one terminal: how a front end and a back end are developed together.
        "concurrently" | "run-p" | "npm-run-all" | "foreman" | "nf" | "stmux" => Does::Develops { instead: None },
        "echo" | "true" | ":" | "exit" => Does::Nothing,
        "cd" => Does::Serves,
        tool => framework_tool(tool, command),
    }
}

/// `./node_modules/.bin/next` is `next`.
fn base_name(program: &str) -> &str {
    program.strip_prefix("./").unwrap_or(program).strip_prefix("node_modules/.bin/").unwrap_or(program)
}

/// Tools that both develop and serve, told apart by their subcommand.
fn framework_tool(tool: &str, command: &Simple) -> Does {
    let sub = command.word(1);
    let develops = Does::Develops { instead: None };
    match tool {
        "vite" => match sub {
            "build" | "optimize" => Does::Builds,
            "preview" => Does::Files { dir: None, single_page: true },
            _ => develops,
        },
        "next" => match sub {
            "start" => Does::Serves,
            "build" | "export" | "lint" => Does::Builds,
            _ => Does::Develops { instead: Some(Simple::of(&["next", "start"])) },
        },
        "react-scripts" | "craco" | "react-app-rewired" | "vue-cli-service" | "ng" | "preact" | "ember" | "umi"
        | "max" | "rsbuild" | "storybook" | "start-storybook" | "poi" => match sub {
            "build" => Does::Builds,
            _ if tool == "start-storybook" => develops,
            _ => develops,
        },
        "nuxt" | "nuxi" | "nuxt-ts" => match sub {
            "start" => Does::Serves,
            "build" | "generate" | "prepare" => Does::Builds,
            _ => develops,
        },
        "astro" | "docusaurus" | "vitepress" | "vuepress" | "rspress" | "gridsome" | "hexo" | "quasar" => match sub {
            "build" | "check" | "sync" | "generate" => Does::Builds,
            "preview" | "serve" if tool != "hexo" && tool != "gridsome" => {
                Does::Files { dir: None, single_page: false }
            }
            _ => develops,
        },
        "gatsby" => match sub {
            "build" | "clean" => Does::Builds,
            "serve" => Does::Files { dir: None, single_page: false },
            _ => develops,
        },
        "eleventy" | "@11ty/eleventy" => {
            if command.args().iter().any(|a| a == "--serve" || a == "--watch") {
                develops
            } else {
                Does::Builds
            }
        }
        "parcel" => {
            if sub == "build" {
                Does::Builds
            } else {
                develops
            }
        }
        "webpack-dev-server" | "webpack-serve" | "web-dev-server" | "wds" | "es-dev-server" | "snowpack"
        | "tsc-watch" => develops,
        "rspack" | "farm" | "modern" | "meteor" => match sub {
            "build" => Does::Builds,
            _ => develops,
        },
        "webpack" => {
            if sub == "serve" || command.has_flag("--watch") {
                develops
            } else {
                Does::Builds
            }
        }
        "remix" | "react-router" => match sub {
            "build" | "vite:build" | "typegen" => Does::Builds,
            _ => develops,
        },
        "svelte-kit" => match sub {
            "build" | "sync" | "package" => Does::Builds,
            _ => develops,
        },
        "nest" => match sub {
            "build" => Does::Builds,
            _ => Does::Develops { instead: None },
        },
        "strapi" => match sub {
            "develop" | "dev" | "watch-admin" => Does::Develops { instead: Some(Simple::of(&["strapi", "start"])) },
            "build" => Does::Builds,
            _ => Does::Serves,
        },
        "fastify" if command.has_flag("-w") || command.has_flag("--watch") => Does::Develops { instead: None },
        "wrangler" | "netlify" | "vercel" | "firebase" | "expo" | "react-native" | "electron" | "electron-forge" => {
            develops
        }
        "medusa" | "payload" | "keystone" | "sanity" | "vinxi" => match sub {
            "build" => Does::Builds,
            "dev" | "develop" => develops,
            _ => Does::Serves,
        },
        _ => Does::Serves,
    }
}

fn package_manager(command: &Simple, has_script: &dyn Fn(&str) -> bool) -> Does {
    let program = command.program();
    let elsewhere = [
        "-w",
        "--workspace",
        "--prefix",
        "-C",
        "--cwd",
        "--filter",
        "-F",
        "--dir",
        "-r",
        "--recursive",
        "--workspaces",
        "-ws",
        "workspaces",
        "workspace",
        "--parallel",
    ];
    let flagged = command.args().iter().any(|a| elsewhere.iter().any(|e| a == e || a.starts_with(&format!("{e}="))));
    if flagged {
        let all = ["-r", "--recursive", "--workspaces", "-ws", "workspaces", "--parallel"];
        let builds = command.args().iter().any(|a| a.contains("build"));
        let installs = command.args().iter().any(|a| matches!(a.as_str(), "install" | "i" | "ci"));
        return match () {
            () if installs => Does::Installs,
            () if builds => Does::Builds,
            () if command.args().iter().any(|a| all.contains(&a.as_str())) => Does::FansOut,
            () => Does::Serves,
        };
    }
    let operands: Vec<&str> = command.args().iter().map(String::as_str).filter(|a| !a.starts_with('-')).collect();
    let rest = |from: usize| -> Simple {
        let words = operands.get(from).and_then(|first| {
            let at = command.words.iter().position(|w| w == first)?;
            Some(command.words.get(at..)?.to_vec())
        });
        Simple { env: command.env.clone(), words: words.unwrap_or_default() }
    };
    match (program, operands.as_slice()) {
        ("npx" | "bunx", [_, ..]) => does(&rest(0), has_script),
        ("npm" | "pnpm", ["exec" | "dlx", _, ..]) => does(&rest(1), has_script),
        (_, ["run" | "run-script", script, more @ ..]) if has_script(script) && more.is_empty() => {
            Does::Script((*script).to_owned())
        }
        (_, [script @ ("start" | "test")]) if program != "bun" && has_script(script) => {
            Does::Script((*script).to_owned())
        }
        (_, ["install" | "i" | "ci" | "add", ..]) => Does::Installs,
        ("yarn", []) => Does::Installs,
        ("yarn" | "pnpm" | "bun", [script]) if has_script(script) => Does::Script((*script).to_owned()),
        ("bun", ["run", ..]) if command.has_flag("--watch") || command.has_flag("--hot") => develops_with_bun(command),
        ("bun", [..]) if command.has_flag("--watch") || command.has_flag("--hot") => develops_with_bun(command),
        ("bun", ["build", ..]) => Does::Builds,
        ("yarn" | "pnpm", [tool, ..]) if !has_script(tool) && *tool != "run" => does(&rest(0), has_script),
        _ => Does::Serves,
    }
}

fn files(command: &Simple) -> Does {
    const TAKES_VALUE: [&str; 9] = ["-l", "--listen", "-p", "--port", "-a", "--host", "-c", "-d", "--cors"];
    let single_page = ["-s", "--single", "--spa"].iter().any(|f| command.has_flag(f));
    let mut dir = None;
    let mut args = command.args().iter();
    while let Some(arg) = args.next() {
        if TAKES_VALUE.contains(&arg.as_str()) {
            args.next();
        } else if !arg.starts_with('-') && arg != "start" && arg != "serve" {
            dir.get_or_insert_with(|| arg.clone());
        }
    }
    Does::Files { dir, single_page }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(script: &str) -> Does {
        let commands = crate::words::read(script).unwrap();
        does(&commands[0], &|name| name == "start" || name == "serve:app" || name == "build")
    }

    #[test]
    fn a_dev_server_is_never_taken_for_a_production_server() {
        for script in [
            "vite",
            "vite --port 3000",
            "next dev",
            "next",
            "nodemon app.js",
            "react-scripts start",
            "ng serve",
            "nuxt dev",
            "astro dev",
            "gatsby develop",
            "webpack serve",
            "webpack-dev-server",
            "node --watch server.js",
            "tsx watch x.ts",
            "npx nodemon x.js",
            "yarn vite",
            "pnpm exec next dev",
            "bun --hot index.ts",
            "nest start",
            "nest start --watch",
            "svelte-kit dev",
            "remix vite:dev",
            "vue-cli-service serve",
            "strapi develop",
            "./node_modules/.bin/vite",
        ] {
            assert!(matches!(what(script), Does::Develops { .. }), "{script}: {:?}", what(script));
        }
    }

    #[test]
    fn what_would_serve_instead_is_known_where_it_can_be() {
        let instead = |script: &str| match what(script) {
            Does::Develops { instead: Some(s) } => s.words.join(" "),
            other => format!("{other:?}"),
        };
        assert_eq!(instead("nodemon app.js"), "node app.js");
        assert_eq!(instead("nodemon --watch src -e ts --exec tsx src/app.ts"), "tsx src/app.ts");
        assert_eq!(instead("nodemon -x 'ts-node' src/app.ts"), "ts-node src/app.ts");
        assert_eq!(instead("node --inspect --watch -r dotenv/config server.js"), "node -r dotenv/config server.js");
        assert_eq!(instead("pm2 start server.js --name api"), "node server.js");
        assert_eq!(instead("bun --hot src/index.ts"), "bun src/index.ts");
    }

    #[test]
    fn servers_files_builds_and_aliases_are_told_apart() {
        assert_eq!(what("node ./bin/www"), Does::Node("./bin/www".into()));
        assert_eq!(what("node -r dotenv/config dist/main.js --port 1"), Does::Node("dist/main.js".into()));
        assert_eq!(what("next start -p 3000"), Does::Serves);
        assert_eq!(what("serve -s build -l 3000"), Does::Files { dir: Some("build".into()), single_page: true });
        assert_eq!(what("npm run serve:app"), Does::Script("serve:app".into()));
        assert_eq!(what("yarn start"), Does::Script("start".into()));
        assert_eq!(what("prisma migrate deploy"), Does::Migrates);
        assert_eq!(what("npx prisma migrate deploy"), Does::Migrates);
        assert_eq!(what("turbo run start"), Does::FansOut);
        assert_eq!(what("pnpm -r start"), Does::FansOut);
        assert_eq!(what("npm start -w api"), Does::Serves);
        assert_eq!(what("npm run build --prefix client"), Does::Builds);
        assert_eq!(what("echo no"), Does::Nothing);
    }
}
