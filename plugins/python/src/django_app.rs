//! A Django project as an app: its server, its static files, its migrations.

use crate::django::Django;
use crate::project::Project;
use crate::reading::{Reading, on_path, server};
use crate::servers::{self, Interface, in_venv};
use shipway_sdk::{App, Confidence, Evidence, OfferedStep, Origin};

/// Reads what a Django project needs.
pub(crate) fn read(app: &App<'_>, project: &Project, django: Django) -> Reading {
    let mut reading = Reading::of(project, Some("django"), Confidence::Certain);
    reading.evidence.insert(0, shipway_sdk::seen(&django.manage, "Django's manage.py"));
    let speaks_wsgi = servers::of(project, Interface::Wsgi).is_some();
    let speaks_asgi = servers::of(project, Interface::Asgi).is_some();
    let asgi = django.asgi.clone().map(|(module, name, seen)| (module, name, Interface::Asgi, seen));
    let application = match (django.application.clone(), asgi) {
        (wsgi, Some(asgi)) if speaks_asgi && (!speaks_wsgi || project.depends("channels").is_some()) => {
            Some(asgi).or(wsgi)
        }
        (Some(wsgi), _) => Some(wsgi),
        (None, asgi) => asgi,
    };
    let interface = application.as_ref().map_or(Interface::Wsgi, |(_, _, interface, _)| *interface);
    let (server, added) = server(project, "django", "Django", interface);
    reading.add(app, project, &added);
    reading.start = match application {
        Some((module, name, interface, seen)) => {
            reading.evidence.push(seen.clone());
            Ok((server.command(interface, &module, &name, false), Origin::Evidence(seen)))
        }
        None => Err(format!("{} is there, but neither a wsgi.py nor an asgi.py", django.manage)),
    };
    if let Some(root) = &django.root {
        on_path(&mut reading, root);
    }
    if let Some((module, seen)) = &django.settings {
        reading.assumptions.push(format!("the settings are {module}, as {} says, also for manage.py", seen.path));
        reading.offer.build_env.insert("DJANGO_SETTINGS_MODULE".to_owned(), module.clone());
        reading.offer.run_env.insert("DJANGO_SETTINGS_MODULE".to_owned(), module.clone());
    }
    if let Some(seen) = &django.static_root {
        reading.collect = Some(collect(&django, seen));
        reading.evidence.push(seen.clone());
    } else if django.application.is_some() {
        reading.warnings.push(
            "STATIC_ROOT is not set: style sheets of the admin and of your apps are not served in production"
                .to_owned(),
        );
    }
    if django.static_root.is_some() && project.depends("whitenoise").is_none() {
        reading.warnings.push("nothing serves the collected static files: whitenoise is the usual way".to_owned());
    }
    if django.migrates {
        let words = in_venv(&["python", &django.manage, "migrate", "--noinput"]);
        reading.release = Some((words, shipway_sdk::seen(&django.manage, "migrations run once, before traffic moves")));
    }
    if project.depends("celery").is_some() {
        reading.warnings.push("celery is a dependency, and no worker is started: a Procfile can name one".to_owned());
    }
    reading.needs = django.needs;
    reading.health = django.health;
    reading.warnings.extend(django.warnings);
    reading
}

/// The settings are loaded to collect static files, and secrets are not there while building: stand-ins are.
fn collect(django: &Django, seen: &Evidence) -> OfferedStep {
    let mut words: Vec<String> = Vec::new();
    if !django.needs.is_empty() {
        words.push("env".to_owned());
        words.extend(django.needs.iter().map(|(name, _)| {
            let value = if name.ends_with("DATABASE_URL") { "sqlite:///:memory:" } else { "1" };
            format!("{name}={value}")
        }));
    }
    words.extend(in_venv(&["python", &django.manage, "collectstatic", "--noinput"]));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let why = if django.needs.is_empty() {
        "STATIC_ROOT is set: static files are collected there".to_owned()
    } else {
        "STATIC_ROOT is set: static files are collected there; the settings need variables that a build does not have, so \
         stand-ins are given to this one command"
            .to_owned()
    };
    OfferedStep::run("collectstatic", &words, &why).seen(seen.clone())
}
