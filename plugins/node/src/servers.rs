//! Server libraries: they name the framework of an app that starts itself.

use crate::manifest::Manifest;
use shipway_sdk::Evidence;

/// Package and name, the most telling first: an app on Nest depends on Express as well.
const LIBRARIES: [(&str, &str); 32] = [
    ("@nestjs/core", "nest"),
    ("@adonisjs/core", "adonis"),
    ("@strapi/strapi", "strapi"),
    ("@medusajs/medusa", "medusa"),
    ("@keystone-6/core", "keystone"),
    ("@redwoodjs/api", "redwood"),
    ("@feathersjs/feathers", "feathers"),
    ("@loopback/core", "loopback"),
    ("@foal/core", "foal"),
    ("directus", "directus"),
    ("ghost", "ghost"),
    ("meteor-node-stubs", "meteor"),
    ("sails", "sails"),
    ("elysia", "elysia"),
    ("hono", "hono"),
    ("fastify", "fastify"),
    ("koa", "koa"),
    ("@hapi/hapi", "hapi"),
    ("hapi", "hapi"),
    ("restify", "restify"),
    ("polka", "polka"),
    ("@tinyhttp/app", "tinyhttp"),
    ("express", "express"),
    ("h3", "h3"),
    ("@apollo/server", "apollo"),
    ("apollo-server", "apollo"),
    ("apollo-server-express", "apollo"),
    ("graphql-yoga", "graphql-yoga"),
    ("json-server", "json-server"),
    ("micro", "micro"),
    ("socket.io", "socket.io"),
    ("ws", "ws"),
];

/// The server library that an app depends on, with its evidence.
#[must_use]
pub(crate) fn library(manifest: &Manifest) -> Option<(&'static str, Evidence)> {
    LIBRARIES.iter().find_map(|(package, name)| {
        let needed = manifest.depends(package) && !manifest.only_to_develop(package);
        Some((*name, manifest.depends_on(package).filter(|_| needed)?))
    })
}

/// Apps that are no web apps, whatever else they depend on.
const ELSEWHERE: [(&str, &str); 5] = [
    ("electron", "a desktop app (Electron)"),
    ("react-native", "a mobile app (React Native)"),
    ("@ionic/cli", "a mobile app (Ionic)"),
    ("@raycast/api", "a Raycast extension"),
    ("@types/vscode", "an editor extension"),
];

/// Why this is not something that a server runs.
#[must_use]
pub(crate) fn elsewhere(manifest: &Manifest) -> Option<&'static str> {
    if manifest.string(&["engines", "vscode"]).is_some() {
        return Some("an editor extension");
    }
    ELSEWHERE.iter().find(|(package, _)| manifest.depends(package)).map(|(_, what)| *what)
}
