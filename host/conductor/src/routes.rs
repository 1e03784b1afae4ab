//! Which traffic goes where: derived from the resources and from the candidates under verification, published whole.

use model::resource::Desired;
use model::{DeploymentId, Name, Profile, Resource};
use router::{Route, Router, Table, Upstream};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;

#[derive(Clone)]
struct Entry {
    hosts: Vec<String>,
    prefix: String,
    stopped: bool,
    active: Option<Upstream>,
    candidate: Option<Upstream>,
}

/// The route table of this host. Every change is published as one new table.
pub(crate) struct Routes {
    router: Router,
    entries: Mutex<BTreeMap<Name, Entry>>,
}

impl Routes {
    pub(crate) fn new(router: Router) -> Self {
        Self { router, entries: Mutex::new(BTreeMap::new()) }
    }

    pub(crate) fn router(&self) -> &Router {
        &self.router
    }

    /// The public addresses of a resource, the first one always reachable from this machine.
    pub(crate) fn urls(&self, name: &Name, profile: &Profile) -> Vec<String> {
        let port = self.router.local_addr().port();
        let path = profile.access_path();
        let path = if path == "/" { "/" } else { path };
        hosts(name, profile)
            .iter()
            .map(|host| if port == 80 { format!("http://{host}{path}") } else { format!("http://{host}:{port}{path}") })
            .collect()
    }

    /// Makes sure that the resource has an entry with these hosts.
    pub(crate) fn prepare(&self, name: &Name, profile: &Profile) -> Result<(), String> {
        self.change(|entries| {
            let wanted = hosts(name, profile);
            let prefix = profile.access_path().to_owned();
            for (other, entry) in entries.iter().filter(|(other, _)| *other != name) {
                if let Some(host) = wanted.iter().find(|h| entry.hosts.contains(h) && entry.prefix == prefix) {
                    return Err(format!("{host}{prefix} already leads to the resource {other}"));
                }
            }
            let entry = entries.entry(name.clone()).or_insert_with(|| Entry {
                hosts: Vec::new(),
                prefix: "/".to_owned(),
                stopped: false,
                active: None,
                candidate: None,
            });
            entry.hosts = wanted;
            entry.prefix = prefix;
            Ok(())
        })
    }

    /// Lets probes reach the candidate.
    pub(crate) fn offer(&self, name: &Name, deployment: &DeploymentId, addr: SocketAddr) {
        self.edit(name, |e| e.candidate = Some(Upstream { deployment: deployment.clone(), addr }));
    }

    /// Takes the candidate out of the probes' reach.
    pub(crate) fn withdraw(&self, name: &Name, deployment: &DeploymentId) {
        self.edit(name, |e| {
            if e.candidate.as_ref().is_some_and(|c| c.deployment == *deployment) {
                e.candidate = None;
            }
        });
    }

    /// Moves all traffic in one step.
    pub(crate) fn switch(&self, name: &Name, to: Option<(&DeploymentId, SocketAddr)>) {
        self.edit(name, |e| {
            e.active = to.map(|(deployment, addr)| Upstream { deployment: deployment.clone(), addr });
            e.candidate = None;
            e.stopped = false;
        });
    }

    /// Says that the resource is stopped on purpose, or not any more.
    pub(crate) fn stopped(&self, name: &Name, stopped: bool) {
        self.edit(name, |e| {
            e.stopped = stopped;
            if stopped {
                e.active = None;
            }
        });
    }

    /// Which deployment the route leads to.
    pub(crate) fn active(&self, name: &Name) -> Option<Upstream> {
        self.lock().get(name).and_then(|e| e.active.clone())
    }

    pub(crate) fn forget(&self, name: &Name) {
        self.change(|entries| entries.remove(name));
    }

    /// The entry of a resource as its record says, for a restart.
    pub(crate) fn restore(
        &self,
        resource: &Resource,
        serving: Option<(&DeploymentId, SocketAddr)>,
    ) -> Result<(), String> {
        let profile = resource.releases.iter().find(|r| Some(&r.deployment) == resource.serving.as_ref());
        let fallback = Profile::default();
        self.prepare(&resource.name, profile.map_or(&fallback, |r| &r.profile))?;
        self.switch(&resource.name, serving);
        self.stopped(&resource.name, resource.desired != Desired::Running);
        Ok(())
    }

    fn edit(&self, name: &Name, f: impl FnOnce(&mut Entry)) {
        self.change(|entries| {
            if let Some(entry) = entries.get_mut(name) {
                f(entry);
            }
        });
    }

    fn change<T>(&self, f: impl FnOnce(&mut BTreeMap<Name, Entry>) -> T) -> T {
        let mut entries = self.lock();
        let result = f(&mut entries);
        let routes = entries.iter().map(|(name, e)| Route {
            resource: name.clone(),
            hosts: e.hosts.clone(),
            prefix: e.prefix.clone(),
            active: e.active.clone(),
            candidate: e.candidate.clone(),
            stopped: e.stopped,
        });
        self.router.publish(Table { routes: routes.collect() });
        result
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Name, Entry>> {
        self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// `NAME.localhost`, which every machine resolves to itself, and what the profile adds.
pub(crate) fn hosts(name: &Name, profile: &Profile) -> Vec<String> {
    let mut hosts = vec![format!("{name}.localhost")];
    hosts.extend(profile.access.hosts.iter().cloned());
    hosts
}
