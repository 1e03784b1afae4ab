//! Applying an event. Events are facts: nothing is refused here.

use crate::{Ending, State, hint};
use jiff::Timestamp;
use model::deployment::PlanSummary;
use model::event::{Effect, EffectResult, Event};
use model::{CheckRecord, Phase, PhaseOutcome, PhaseRecord, Status};

impl State {
    /// The state after this event, which was written at `at`.
    pub fn evolve(&mut self, event: &Event, at: Timestamp) {
        self.seq += 1;
        match event {
            Event::Requested(_)
            | Event::StepStarted { .. }
            | Event::StepFinished { .. }
            | Event::Output { .. }
            | Event::PluginCalled { .. }
            | Event::Progress { .. } => {}
            Event::Superseded { by } => {
                self.view.superseded_by = Some(by.clone());
                self.finish(Status::Superseded, at);
            }
            Event::WayBack { incumbent } => self.incumbent.clone_from(incumbent),
            Event::PhaseStarted { phase } => self.start_phase(*phase, at),
            Event::PhaseFinished { phase, outcome } => self.finish_phase(*phase, *outcome, at),
            Event::SourceTaken { summary } => self.view.source_summary = summary.clone(),
            Event::ProfileRead { profile } => self.profile = Some((**profile).clone()),
            Event::Detected { detection } => {
                self.view.warnings.extend(detection.warnings.iter().cloned());
                self.view.detection = Some((**detection).clone());
            }
            Event::Planned { fingerprint, summary, plan } => {
                self.view.plan = Some(PlanSummary { fingerprint: fingerprint.clone(), summary: summary.clone() });
                self.view.warnings.extend(plan.warnings.iter().cloned());
                self.plan = Some((**plan).clone());
            }
            Event::Intended { effect } => self.intend(effect),
            Event::Settled { effect, result } => self.settle(effect, result),
            Event::ChecksDeclared { checks } => self.declared = Some(checks.clone()),
            Event::CheckAnswered { record } => self.answer(record),
            Event::Warning { message } => self.view.warnings.push(message.clone()),
            Event::FailureNoted { failure } => {
                if self.view.failure.is_none() {
                    self.view.failure = Some((**failure).clone());
                }
                self.ending.get_or_insert(Ending::Failed);
                self.refresh_hint();
            }
            Event::CancelRequested => self.cancel_requested = true,
            Event::WentBack { rollback } => {
                self.view.rollback = Some((**rollback).clone());
                self.refresh_hint();
            }
            Event::Finished { status, urls } => {
                self.view.urls.clone_from(urls);
                self.finish(*status, at);
            }
        }
    }

    fn start_phase(&mut self, phase: Phase, at: Timestamp) {
        self.view.current_phase = phase;
        self.view.status = match phase {
            Phase::Detect => Status::Detecting,
            Phase::Plan => Status::Planning,
            Phase::Execute => Status::Executing,
            Phase::Verify => Status::Verifying,
            Phase::Rollback => Status::RollingBack,
        };
        self.view.phases.push(PhaseRecord { phase, outcome: PhaseOutcome::Running, started_at: at, finished_at: None });
        self.refresh_hint();
    }

    fn finish_phase(&mut self, phase: Phase, outcome: PhaseOutcome, at: Timestamp) {
        if outcome == PhaseOutcome::Canceled {
            self.ending.get_or_insert(Ending::Canceled);
        }
        if let Some(record) = self.view.phases.iter_mut().rfind(|r| r.phase == phase) {
            record.outcome = outcome;
            record.finished_at = Some(at);
        }
    }

    fn intend(&mut self, effect: &Effect) {
        self.pending.insert(effect.clone());
        match effect {
            Effect::StartInstance { instance } if instance.deployment() == self.view.id => {
                self.instances.entry(instance.clone()).or_insert(None);
            }
            Effect::RunRelease { .. } => self.released = true,
            _ => {}
        }
    }

    fn settle(&mut self, effect: &Effect, result: &EffectResult) {
        self.pending.remove(effect);
        let EffectResult::Done { artifact, port } = result else { return };
        match effect {
            Effect::Build { .. } => self.artifact.clone_from(artifact),
            Effect::StartInstance { instance } => {
                if let Some(slot) = self.instances.get_mut(instance) {
                    *slot = *port;
                }
            }
            Effect::OfferCandidate { .. } => self.offered = true,
            Effect::SwitchRoute { to, .. } => {
                self.switched = to.as_ref() == Some(&self.view.id);
                self.moved |= self.switched;
                self.offered = false;
            }
            Effect::StopInstance { instance } => {
                self.instances.remove(instance);
                self.offered = self.offered && !self.instances.is_empty();
            }
            Effect::RunRelease { .. } | Effect::RemoveArtifact { .. } => {}
        }
    }

    fn answer(&mut self, record: &CheckRecord) {
        let same = |r: &&mut CheckRecord| r.name == record.name && r.plugin == record.plugin && r.stage == record.stage;
        match self.view.checks.iter_mut().find(same) {
            Some(slot) => *slot = record.clone(),
            None => self.view.checks.push(record.clone()),
        }
    }

    fn finish(&mut self, status: Status, at: Timestamp) {
        self.view.status = status;
        self.view.finished_at = Some(at);
        self.refresh_hint();
    }

    fn refresh_hint(&mut self) {
        self.view.recovery_hint = hint::of(&self.view);
    }
}
