//! Resources: all of them in a table, or one with its releases.

use super::deployment::status;
use super::failure;
use super::outcome::{serves, way_back};
use super::text::{ago, bold, clean, faint, good, pairs, table, warn};
use api::wire::About;
use model::Deployment;
use model::resource::Desired;
use model::view::ResourceView;

/// One line each.
pub(crate) fn table_of(resources: &[ResourceView]) -> String {
    let rows: Vec<Vec<String>> = resources
        .iter()
        .map(|r| {
            let latest = r.latest.as_ref();
            vec![
                bold(&r.name),
                state(r),
                latest.map_or_else(String::new, |l| status(l.status)),
                latest.map_or_else(String::new, |l| ago(l.created_at)),
                r.urls.first().map(|url| clean(url)).unwrap_or_default(),
            ]
        })
        .collect();
    table(&["NAME", "STATE", "LATEST", "WHEN", "URL"], &rows)
}

/// The page of `shipway list`.
pub(crate) fn page(resources: &[ResourceView]) -> String {
    if resources.is_empty() {
        return "nothing is deployed here yet; begin with: shipway deploy DIR\n".to_owned();
    }
    table_of(resources)
}

/// The host, then its resources.
pub(crate) fn overview(host: &About, resources: &[ResourceView]) -> String {
    let mut out = format!("{} {} is running\n", bold("host"), faint(&host.version));
    out.push_str(&pairs(&[
        ("pid", host.pid.to_string()),
        ("since", ago(host.started_at)),
        ("state", clean(&host.state)),
        ("router", clean(&host.router)),
    ]));
    out.push_str(&page(resources));
    out
}

/// The page of `shipway status RESOURCE`.
pub(crate) fn whole(view: &ResourceView, latest: Option<&Deployment>) -> String {
    let mut out = format!("{}  {}\n", bold(&view.name), state(view));
    let mut rows: Vec<(&str, String)> = view.urls.iter().map(|url| ("url", clean(url))).collect();
    rows.push(("source", clean(&view.source.locator)));
    if let Some(brief) = &view.latest {
        rows.push(("latest", format!("{}  {}  {}", brief.id, status(brief.status), ago(brief.created_at))));
    }
    for (at, release) in view.releases.iter().enumerate() {
        let serving = if view.serving.as_ref() == Some(&release.deployment) { "  serves" } else { "" };
        let gone = if release.available { "" } else { "  its artifact is gone" };
        let line = format!("{}  {}{}{}", release.deployment, ago(release.at), good(serving), warn(gone));
        rows.push((if at == 0 { "releases" } else { "" }, line));
    }
    out.push_str(&pairs(&rows));
    if let Some(d) = latest.filter(|d| d.failure.is_some()) {
        if let Some(fault) = &d.failure {
            out.push_str(&failure::block(fault));
        }
        if let Some(rollback) = &d.rollback {
            out.push_str(&way_back(rollback));
        }
        out.push_str(&format!("  {}\n", serves(view)));
    }
    out
}

fn state(view: &ResourceView) -> String {
    match (view.desired, &view.serving) {
        (Desired::Stopped, _) => warn("stopped"),
        (Desired::Running, Some(_)) => good("running"),
        (Desired::Running, None) => warn("nothing serves"),
        (Desired::Removing, _) => warn("being removed"),
    }
}
