//! The trait's methods, each with the file that does it.

use super::{ProcessTarget, seal::Seal, start::HOST};
use crate::{
    Artifact, BuildEvents, BuildJob, Observation, ReleaseJob, StartJob, Started, Target, TargetError, TargetFacts,
    durable, logs, supervise::Spec,
};
use model::{Checked, DeploymentId, Digest, InstanceName, view::LogPage};
use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::AtomicBool,
    time::Duration,
};

impl Target for ProcessTarget {
    fn facts(&self) -> TargetFacts {
        TargetFacts {
            target: "process".into(),
            os: std::env::consts::OS.into(),
            arch: std::env::consts::ARCH.into(),
            capabilities: vec!["commands".into(), "static".into()],
        }
    }

    fn preflight(&self, plan: &Checked) -> Result<(), TargetError> {
        self.check_plan(plan)
    }

    fn build(
        &self,
        job: &BuildJob<'_>,
        events: &dyn BuildEvents,
        cancel: &AtomicBool,
    ) -> Result<Artifact, TargetError> {
        self.build_artifact(job, events, cancel)
    }

    fn release(&self, job: &ReleaseJob<'_>, events: &dyn BuildEvents, cancel: &AtomicBool) -> Result<(), TargetError> {
        self.run_release(job, events, cancel)
    }

    fn start(&self, job: &StartJob<'_>) -> Result<Started, TargetError> {
        self.start_instance(job)
    }

    fn arm(&self, instance: &InstanceName) -> Result<(), TargetError> {
        let armed = self.layout.instance(instance).armed();
        durable::replace(&armed, b"").map_err(|e| TargetError::io("cannot write", &armed, e))
    }

    fn observe(&self, instance: &InstanceName) -> Observation {
        self.look(instance)
    }

    fn observe_listening(&self, instance: &InstanceName) -> Observation {
        self.look_closely(instance)
    }

    fn address(&self, instance: &InstanceName) -> Option<SocketAddr> {
        let spec: Spec = durable::read(&self.layout.instance(instance).spec())?;
        Some(SocketAddr::from((HOST.parse::<IpAddr>().ok()?, spec.port?)))
    }

    fn logs(&self, instance: &InstanceName, cursor: u64, limit: usize) -> LogPage {
        logs::page(&self.layout.instance(instance).logs(), cursor, limit)
    }

    fn build_log(&self, deployment: &DeploymentId, cursor: u64, limit: usize) -> LogPage {
        logs::page_of_file(&self.layout.build(deployment).log(), cursor, limit)
    }

    fn stop(&self, instance: &InstanceName, grace: Duration) -> Result<(), TargetError> {
        self.end(instance, grace)
    }

    fn remove(&self, instance: &InstanceName) -> Result<(), TargetError> {
        self.forget(instance)
    }

    fn instances(&self) -> Vec<InstanceName> {
        self.names()
    }

    fn has(&self, built_by: &DeploymentId, artifact: &Digest) -> bool {
        let build = self.layout.build(built_by);
        Seal::read(&build).is_some_and(|seal| seal.digest == *artifact) && build.app().is_dir()
    }

    fn artifacts(&self) -> Vec<DeploymentId> {
        let entries = std::fs::read_dir(self.layout.builds()).into_iter().flatten().flatten();
        let mut found: Vec<DeploymentId> =
            entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        found.sort();
        found
    }

    fn remove_artifact(&self, built_by: &DeploymentId) -> Result<(), TargetError> {
        self.forget_artifact(built_by)
    }
}
