//! detect and plan without a host: the same questions to the same plugins, with nothing durable behind them.

use crate::{asking, failures, planning, profile_of};
use model::profile::Layered;
use model::view::{AppFacts, DetectOutcome, DetectReport, IndexSummary, PlanReport, PluginNote};
use model::{Code, Detection, Failure, Name, Profile, SourceSpec, SourceSummary};
use sandbox::{BuiltIn, Catalogue, Limits, Sandbox};
use source::Tree;
use std::collections::BTreeMap;
use std::path::Path;

/// What to look at.
#[derive(Debug, Clone)]
pub struct PreviewOptions {
    /// The source.
    pub source: SourceSpec,
    /// Settings of the command line.
    pub settings: BTreeMap<String, String>,
    /// First-party plugins.
    pub plugins: &'static [BuiltIn],
}

/// The profile of a source with its settings, each value with where it came from.
pub fn config(options: &PreviewOptions) -> Result<Layered, Failure> {
    profile_of::read(&options.source, &options.settings).map_err(|failure| *failure)
}

/// What is it?
#[must_use]
pub fn detect(options: &PreviewOptions) -> DetectReport {
    match Preview::new(options.plugins) {
        Ok(preview) => preview.detect(&options.source, &options.settings),
        Err(failure) => {
            let mut report = empty(&options.source);
            fail(&mut report, failure);
            report
        }
    }
}

/// How would it be built and run?
#[must_use]
pub fn plan(options: &PreviewOptions) -> PlanReport {
    match Preview::new(options.plugins) {
        Ok(preview) => preview.plan(&options.source, &options.settings),
        Err(failure) => {
            let mut detect = empty(&options.source);
            fail(&mut detect, failure);
            PlanReport { detect, fingerprint: None, summary: None, plan: None }
        }
    }
}

/// The plugins, loaded once, for many previews.
pub struct Preview {
    catalogue: Catalogue,
}

impl Preview {
    /// With these plugins.
    pub fn new(plugins: &'static [BuiltIn]) -> Result<Self, Failure> {
        catalogue(plugins).map(|catalogue| Self { catalogue }).map_err(|failure| *failure)
    }

    /// What is it?
    #[must_use]
    pub fn detect(&self, source: &SourceSpec, settings: &BTreeMap<String, String>) -> DetectReport {
        let mut report = empty(source);
        if let Err(failure) = self.look(source, settings, &mut report) {
            fail(&mut report, *failure);
        }
        report
    }

    /// How would it be built and run?
    #[must_use]
    pub fn plan(&self, source: &SourceSpec, settings: &BTreeMap<String, String>) -> PlanReport {
        let mut report = PlanReport { detect: empty(source), fingerprint: None, summary: None, plan: None };
        match self.look(source, settings, &mut report.detect) {
            Ok(Some(seen)) => {
                if let Err(failure) = self.write_plan(source, &seen, &mut report) {
                    report.detect.failure = Some(*failures::aimed(failure, &source.locator));
                }
            }
            Ok(None) => {}
            Err(failure) => fail(&mut report.detect, *failure),
        }
        report
    }

    /// Detects; `None` when there is nothing to plan.
    fn look(
        &self,
        source: &SourceSpec,
        settings: &BTreeMap<String, String>,
        report: &mut DetectReport,
    ) -> Result<Option<Seen>, Box<Failure>> {
        let profile = profile_of::read(source, settings)?.profile;
        let take = profile_of::take_options(source, &profile);
        let tree = Tree::open(Path::new(&source.locator), &take).map_err(|e| failures::source(&e))?;
        report.source.base_directory = tree.base().to_owned();
        report.source.files = Some(tree.len());
        report.index = IndexSummary { files: tree.len(), truncated: tree.truncated().map(str::to_owned) };
        let answer = asking::ask(&self.catalogue, &tree, &profile, source.kind, &source.locator);
        report.calls = answer.notes;
        report.calls.extend(uncalled(&self.catalogue, &report.calls));
        report.ambiguous = answer.candidates;
        match answer.decision {
            Ok(detection) => {
                report.outcome = DetectOutcome::Claimed;
                report.app = AppFacts::from(&detection.claim);
                report.detection = Some((*detection).clone());
                Ok(Some(Seen { tree, profile, detection }))
            }
            Err(mut failure) => {
                report.outcome = match failure.code {
                    Code::AppTypeAmbiguous => DetectOutcome::Ambiguous,
                    _ => DetectOutcome::Undetected,
                };
                failure.details.extend(answer.warnings);
                report.failure = Some(*failures::aimed(failure, &source.locator));
                Ok(None)
            }
        }
    }

    fn write_plan(&self, spec: &SourceSpec, seen: &Seen, report: &mut PlanReport) -> Result<(), Box<Failure>> {
        let facts = crate::process_facts();
        let planned = planning::plan(&self.catalogue, &seen.detection, &seen.profile, &facts, &seen.tree);
        if let Some(receipt) = &planned.receipt {
            report.detect.calls.push(PluginNote {
                plugin: receipt.plugin.clone(),
                triggered_by: Some(format!("plans {}", seen.detection.claim.app_type)),
                claims: 0,
                notes: receipt.log.clone(),
                receipt: Some(receipt.clone()),
            });
        }
        let plan = planned.plan?;
        let take = profile_of::take_options(spec, &seen.profile);
        let digest = source::digest(Path::new(&spec.locator), &take).map_err(|e| failures::source(&e))?;
        let receipts: Vec<_> = planned.receipt.iter().collect();
        report.fingerprint = Some(planning::fingerprint(&digest, seen.tree.base(), &seen.profile, &plan, &receipts));
        let name = resource_name(spec, &seen.profile).map_or_else(|| "NAME".to_owned(), String::from);
        report.summary = Some(plan.summary(&format!("http://{name}.localhost")));
        report.plan = Some(plan.into_inner());
        report.detect.source.digest = Some(digest);
        Ok(())
    }
}

/// What detection leaves for planning.
struct Seen {
    tree: Tree,
    profile: Profile,
    detection: Box<Detection>,
}

/// The name that a resource gets when nobody says another: the profile's, else the folder's.
pub(crate) fn resource_name(source: &SourceSpec, profile: &Profile) -> Option<Name> {
    match &profile.name {
        Some(name) => name.parse().ok(),
        None => Name::from_text(Path::new(&source.locator).file_name()?.to_str()?),
    }
}

/// Plugins that no trigger called, for `--explain`.
fn uncalled(catalogue: &Catalogue, called: &[PluginNote]) -> Vec<PluginNote> {
    catalogue
        .infos()
        .iter()
        .filter(|info| info.roles.contains(&model::plugin::Role::Detector))
        .filter(|info| !called.iter().any(|note| note.plugin == info.id()))
        .map(|info| PluginNote {
            plugin: info.id(),
            triggered_by: None,
            claims: 0,
            notes: vec![format!("not called: none of {} is there", info.triggers.join(", "))],
            receipt: None,
        })
        .collect()
}

/// The plugins that this binary brings.
pub(crate) fn catalogue(plugins: &'static [BuiltIn]) -> Result<Catalogue, Box<Failure>> {
    let open = || Catalogue::new(&Sandbox::new(Limits::default())?, plugins, Vec::new());
    open().map_err(|error| {
        Box::new(Failure::new(model::Phase::Detect, error.code(), error.to_string(), "the plugins of this host"))
    })
}

fn empty(source: &SourceSpec) -> DetectReport {
    DetectReport {
        outcome: DetectOutcome::Failed,
        source: SourceSummary {
            kind: source.kind,
            locator: source.locator.clone(),
            git_ref: source.git_ref.clone(),
            revision: None,
            base_directory: source.base_directory.clone().unwrap_or_else(|| ".".to_owned()),
            digest: None,
            files: None,
            bytes: None,
        },
        app: AppFacts::default(),
        detection: None,
        ambiguous: Vec::new(),
        apps: Vec::new(),
        failure: None,
        calls: Vec::new(),
        index: IndexSummary::default(),
    }
}

fn fail(report: &mut DetectReport, failure: Failure) {
    report.outcome = DetectOutcome::Failed;
    report.failure = Some(*failures::aimed(Box::new(failure), &report.source.locator));
}
