//! Which traffic goes where: derived from the resources and from the candidates under verification, published whole.
//!
//! What serves keeps its hosts and its path until the switch: a candidate brings its own, which only probes can use.

use model::resource::Desired;
use model::{DeploymentId, Name, Profile, Resource};
use router::{Route, Router, Table, Upstream};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Mutex;

/// Where a release is reachable.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Site {
    hosts: Vec<String>,
    /// Without a slash at its end: `/` is empty.
    prefix: String,
}

impl Site {
    fn of(name: &Name, profile: &Profile) -> Self {
        Self { hosts: hosts(name, profile), prefix: profile.access_path().trim_end_matches('/').to_owned() }
    }
    fn path(&self) -> &str {
        if self.prefix.is_empty() { "/" } else { &self.prefix }
    }
    /// A request for this host and a path that begins with this prefix is one for this site.
    fn covers(&self, host: &str, prefix: &str) -> bool {
        let below = prefix.strip_prefix(&self.prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        below && self.hosts.iter().any(|h| h == host)
    }
    /// The first host that both want with the same path.
    fn clash<'a>(&'a self, other: &Site) -> Option<&'a str> {
        let same = |host: &&String| self.prefix == other.prefix && other.hosts.contains(host);
        self.hosts.iter().find(same).map(String::as_str)
    }
}

/// A deployment that is about to take a route.
#[derive(Debug, Clone)]
struct Coming {
    deployment: DeploymentId,
    site: Site,
    candidate: Option<Upstream>,
}

#[derive(Debug, Clone, Default)]
struct Entry {
    /// Where what serves, or served last, is reachable. `None`: nothing of it was ever public.
    site: Option<Site>,
    stopped: bool,
    active: Option<Upstream>,
    coming: Option<Coming>,
}

/// The route table of this host. Every change is published as one new table.
pub(crate) struct Routes {
    router: Router,
    entries: Mutex<BTreeMap<Name, Entry>>,
}

impl Routes {
    /// An empty table of a router that has started.
    pub(crate) fn new(router: Router) -> Self {
        Self { router, entries: Mutex::new(BTreeMap::new()) }
    }

    /// The router, for what is not about routes: its address, its requests in flight.
    pub(crate) fn router(&self) -> &Router {
        &self.router
    }

    /// The public addresses of a resource, the first one always reachable from this machine.
    pub(crate) fn urls(&self, name: &Name, profile: &Profile) -> Vec<String> {
        let port = self.router.local_addr().port();
        let path = profile.access_path();
        hosts(name, profile)
            .iter()
            .map(|host| if port == 80 { format!("http://{host}{path}") } else { format!("http://{host}:{port}{path}") })
            .collect()
    }

    /// Reserves the hosts and the path of a profile for a deployment. Nothing leads there yet. The error names who has
    /// them.
    pub(crate) fn claim(&self, name: &Name, deployment: &DeploymentId, profile: &Profile) -> Result<(), String> {
        let site = Site::of(name, profile);
        self.change(|entries| {
            if let Some(why) = taken(entries, name, &site) {
                return Err(why);
            }
            let entry = entries.entry(name.clone()).or_default();
            let candidate = entry.coming.take().filter(|c| c.deployment == *deployment).and_then(|c| c.candidate);
            entry.coming = Some(Coming { deployment: deployment.clone(), site, candidate });
            Ok(())
        })
    }

    /// Lets probes reach the candidate of a deployment that has a claim.
    pub(crate) fn offer(&self, name: &Name, deployment: &DeploymentId, addr: SocketAddr) {
        self.edit(name, |e| {
            if let Some(coming) = e.coming.as_mut().filter(|c| c.deployment == *deployment) {
                coming.candidate = Some(Upstream { deployment: deployment.clone(), addr });
            }
        });
    }

    /// Gives up a claim, and takes the candidate out of the probes' reach.
    pub(crate) fn withdraw(&self, name: &Name, deployment: &DeploymentId) {
        self.edit(name, |e| {
            e.coming.take_if(|coming| coming.deployment == *deployment);
        });
    }

    /// Moves all traffic in one step to a release, at the hosts and the path of its profile.
    pub(crate) fn switch(&self, name: &Name, deployment: &DeploymentId, profile: &Profile, addr: SocketAddr) {
        self.change(|entries| {
            let e = entries.entry(name.clone()).or_default();
            e.site = Some(Site::of(name, profile));
            e.active = Some(Upstream { deployment: deployment.clone(), addr });
            e.coming.take_if(|coming| coming.deployment == *deployment);
            e.stopped = false;
        });
    }

    /// Takes what serves off the route: there is nothing behind it any more, or not for a while.
    pub(crate) fn vacate(&self, name: &Name) {
        self.edit(name, |e| e.active = None);
    }

    /// Says that the resource is stopped on purpose.
    pub(crate) fn stop(&self, name: &Name) {
        self.edit(name, |e| {
            e.stopped = true;
            e.active = None;
        });
    }

    /// Which deployment the route leads to.
    pub(crate) fn active(&self, name: &Name) -> Option<Upstream> {
        self.lock().get(name).and_then(|e| e.active.clone())
    }

    /// The resource is gone.
    pub(crate) fn forget(&self, name: &Name) {
        self.change(|entries| entries.remove(name));
    }

    /// The entries of resources as their records say, for a start of the host: all at once, so that nobody is told that
    /// an app does not exist while another one is looked at.
    pub(crate) fn restore<'a>(&self, all: impl Iterator<Item = (&'a Resource, Profile, Option<Upstream>)>) {
        self.change(|entries| {
            for (resource, profile, active) in all {
                let stopped = resource.desired != Desired::Running;
                let site = resource.serving.is_some().then(|| Site::of(&resource.name, &profile));
                entries.insert(resource.name.clone(), Entry { site, stopped, active, coming: None });
            }
        });
    }

    fn edit(&self, name: &Name, f: impl FnOnce(&mut Entry)) {
        self.change(|entries| entries.get_mut(name).map(f));
    }

    fn change<T>(&self, f: impl FnOnce(&mut BTreeMap<Name, Entry>) -> T) -> T {
        let mut entries = self.lock();
        let result = f(&mut entries);
        let routes = entries.iter().flat_map(|(name, entry)| entry.routes(name)).collect();
        self.router.publish(Table { routes });
        result
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Name, Entry>> {
        self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Entry {
    /// One route for each host and path. An app that never served anybody is known all the same as soon as it has a
    /// claim: its users are told that it has no release yet. Where the sites of what serves and of the candidate overlap, a route leads to
    /// both: users to the one, probes to the other.
    fn routes(&self, name: &Name) -> Vec<Route> {
        let shown = |coming: &&Coming| coming.candidate.is_some() || self.site.is_none();
        let sites = self.site.iter().chain(self.coming.as_ref().filter(shown).map(|coming| &coming.site));
        let places: BTreeSet<(&str, &str)> =
            sites.flat_map(|site| site.hosts.iter().map(|host| (host.as_str(), site.prefix.as_str()))).collect();
        places
            .into_iter()
            .map(|(host, prefix)| {
                let serves = self.site.as_ref().is_some_and(|site| site.covers(host, prefix));
                let coming = self.coming.as_ref().filter(|coming| coming.site.covers(host, prefix));
                Route {
                    resource: name.clone(),
                    hosts: vec![host.to_owned()],
                    prefix: if prefix.is_empty() { "/".to_owned() } else { prefix.to_owned() },
                    active: self.active.clone().filter(|_| serves),
                    candidate: coming.and_then(|coming| coming.candidate.clone()),
                    stopped: self.stopped,
                }
            })
            .collect()
    }
}

/// Who else has a host and path of this site.
fn taken(entries: &BTreeMap<Name, Entry>, name: &Name, site: &Site) -> Option<String> {
    for (other, entry) in entries.iter().filter(|(other, _)| *other != name) {
        for theirs in entry.site.iter().chain(entry.coming.as_ref().map(|c| &c.site)) {
            if let Some(host) = site.clash(theirs) {
                return Some(format!("{host}{} already leads to the resource {other}", site.path()));
            }
        }
    }
    None
}

/// `NAME.localhost`, which every machine resolves to itself, and what the profile adds.
pub(crate) fn hosts(name: &Name, profile: &Profile) -> Vec<String> {
    let own = format!("{name}.localhost");
    let others = profile.access.hosts.iter().filter(|host| **host != own).cloned();
    std::iter::once(own.clone()).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> Name {
        "web".parse().unwrap()
    }
    fn upstream(last: char, port: u16) -> Upstream {
        let deployment = DeploymentId::from_ulid(&format!("01JABCDEFGHJKMNPQRSTVWXYZ{last}")).unwrap();
        Upstream { deployment, addr: SocketAddr::from(([127, 0, 0, 1], port)) }
    }
    fn site(hosts: &[&str], prefix: &str) -> Site {
        Site { hosts: hosts.iter().map(|h| (*h).to_owned()).collect(), prefix: prefix.to_owned() }
    }
    fn entry(serving: Site, coming: Site) -> Entry {
        let (old, new) = (upstream('0', 1), upstream('1', 2));
        let coming = Coming { deployment: new.deployment.clone(), site: coming, candidate: Some(new) };
        Entry { site: Some(serving), stopped: false, active: Some(old), coming: Some(coming) }
    }
    /// Who answers users and who answers probes at each host and path.
    fn answers(entry: &Entry) -> Vec<(String, Option<u16>, Option<u16>)> {
        let port = |up: Option<Upstream>| up.map(|up| up.addr.port());
        entry
            .routes(&name())
            .into_iter()
            .map(|r| (format!("{}{}", r.hosts[0], r.prefix), port(r.active), port(r.candidate)))
            .collect()
    }

    #[test]
    fn a_candidate_with_the_same_hosts_is_beside_what_serves() {
        let e = entry(site(&["a"], ""), site(&["a"], ""));
        assert_eq!(answers(&e), [("a/".to_owned(), Some(1), Some(2))]);
    }

    #[test]
    fn what_serves_keeps_its_hosts_and_its_path_until_the_switch() {
        let e = entry(site(&["a", "b"], ""), site(&["b", "c"], "/app"));
        assert_eq!(
            answers(&e),
            [
                ("a/".to_owned(), Some(1), None),
                ("b/".to_owned(), Some(1), None),
                // A request that goes to what serves today still does.
                ("b/app".to_owned(), Some(1), Some(2)),
                ("c/app".to_owned(), None, Some(2)),
            ]
        );
    }

    #[test]
    fn a_claim_leads_nowhere_and_keeps_others_out() {
        let coming = Coming { deployment: upstream('1', 2).deployment, site: site(&["a"], ""), candidate: None };
        let e = Entry { coming: Some(coming), ..Entry::default() };
        assert_eq!(answers(&e), [("a/".to_owned(), None, None)]);
        let entries = BTreeMap::from([(name(), e)]);
        let other: Name = "other".parse().unwrap();
        assert!(taken(&entries, &other, &site(&["x", "a"], "")).is_some_and(|why| why.contains("web")));
        assert!(taken(&entries, &other, &site(&["a"], "/below")).is_none(), "another path of the host is free");
        assert!(taken(&entries, &name(), &site(&["a"], "")).is_none(), "its own claim does not stand in its way");
    }
}
