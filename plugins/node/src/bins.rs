//! From the words of a script to words that run without `npm run`: fewer processes, and signals reach the server.

use crate::manager::Manager;
use crate::manifest::Manifest;
use crate::words::Simple;

/// Programs whose package has another name.
const PACKAGES: [(&str, &[&str]); 13] = [
    ("dotenv", &["dotenv-cli"]),
    ("react-router-serve", &["@react-router/serve"]),
    ("remix-serve", &["@remix-run/serve"]),
    ("fastify", &["fastify-cli"]),
    ("nest", &["@nestjs/cli"]),
    ("strapi", &["@strapi/strapi"]),
    ("medusa", &["@medusajs/cli", "@medusajs/medusa"]),
    ("babel-node", &["@babel/node"]),
    ("tsc", &["typescript"]),
    ("pm2-runtime", &["pm2"]),
    ("vinxi", &["vinxi", "@solidjs/start"]),
    ("ng", &["@angular/cli"]),
    ("sequelize", &["sequelize-cli"]),
];

/// The dependency that brings a program, if one does.
#[must_use]
pub(crate) fn package_of<'a>(manifest: &Manifest, program: &'a str) -> Option<&'a str> {
    let known = PACKAGES.iter().find(|(name, _)| *name == program).map(|(_, packages)| *packages);
    match known {
        Some(packages) => packages.iter().copied().find(|package| manifest.depends(package)),
        None => Some(program).filter(|program| manifest.depends(program)),
    }
}

/// The argv of a command, when it can run without the package manager's help.
#[must_use]
pub(crate) fn argv(manager: &Manager, words: &[String]) -> Vec<String> {
    let Some((program, args)) = words.split_first() else { return Vec::new() };
    let plain = program.strip_prefix("./").unwrap_or(program);
    let plain = plain.strip_prefix("node_modules/.bin/").unwrap_or(plain);
    let outside =
        ["node", "nodejs", "env", "bun", "npm", "pnpm", "yarn", "sh", "bash"].contains(&plain) || plain.contains('/');
    let mut out = match () {
        () if outside => vec![program.clone()],
        () if manager.makes_node_modules() => vec![format!("node_modules/.bin/{plain}")],
        () => manager.run(plain),
    };
    out.extend(args.iter().cloned());
    out
}

/// As a person would type it.
#[must_use]
pub(crate) fn said(words: &[String]) -> String {
    let shown = words.iter().map(|word| {
        let word = word.strip_prefix("node_modules/.bin/").unwrap_or(word);
        if word.contains(' ') { format!("'{word}'") } else { word.to_owned() }
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Tells a known server where to listen, in the place of whatever its script said.
#[must_use]
pub(crate) fn told_where(command: &Simple) -> Vec<String> {
    let (port, host, after): (&[&str], &[&str], usize) = match (command.program(), command.word(1)) {
        ("next", "start") => (&["-p", "--port"], &["-H", "--hostname"], 2),
        ("nuxt", "start") => (&["-p", "--port"], &["-H", "--hostname"], 2),
        ("fastify", "start") => (&["-p", "--port"], &["-a", "--address"], 2),
        ("json-server", _) => (&["--port", "-p"], &["--host", "-h"], 1),
        _ => return command.words.clone(),
    };
    let mut out: Vec<String> = command.words.iter().take(after).cloned().collect();
    for (flag, value) in [(port.first(), "${PORT}"), (host.first(), "${HOST}")] {
        out.extend(flag.map(|f| (*f).to_owned()));
        out.push(value.to_owned());
    }
    let mut rest = command.words.iter().skip(after);
    while let Some(word) = rest.next() {
        let flags = || port.iter().chain(host);
        if flags().any(|flag| word == flag) {
            rest.next();
        } else if !flags().any(|flag| word.strip_prefix(flag).is_some_and(|rest| rest.starts_with('='))) {
            out.push(word.clone());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_server_is_told_where_to_listen_and_keeps_its_other_options() {
        let told = |words: &[&str]| told_where(&Simple::of(words)).join(" ");
        assert_eq!(
            told(&["next", "start", "-p", "4000", "--keepAliveTimeout", "7"]),
            "next start -p ${PORT} -H ${HOST} --keepAliveTimeout 7"
        );
        assert_eq!(
            told(&["fastify", "start", "-l", "info", "--port=1", "app.js"]),
            "fastify start -p ${PORT} -a ${HOST} -l info app.js"
        );
        assert_eq!(told(&["node", "x.js", "-p", "1"]), "node x.js -p 1");
    }
}
