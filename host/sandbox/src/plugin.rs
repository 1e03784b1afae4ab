//! One plugin, and the four questions it can be asked. Every question is the same page: load if that has not happened
//! yet, a fresh session, run, check the answer, write the receipt.

use crate::abi::{Answer, Contract, Overview, PlanRequest, bind};
use crate::call::{self, Call, CallError, Context, Session, TargetFacts};
use crate::check::{self, Invalid, Rules};
use crate::engine::{BuiltInCode, load_built_in};
use crate::{LoadError, Probes, Sandbox, SourceView};
use model::plugin::{PluginFault, PluginInfo, Receipt, Role};
use model::{Check, Claim, Code, Plan, Profile, Verdict};
use std::fmt;
use std::sync::{Arc, OnceLock};
use wasmtime::Store;

/// One plugin of the catalogue; its code is loaded when it is first asked. Cheap to clone, and any number of calls may
/// run at once: each has a store of its own.
#[derive(Clone)]
pub struct Plugin(Arc<Inner>);

struct Inner {
    sandbox: Sandbox,
    info: PluginInfo,
    code: Option<BuiltInCode>,
    contract: OnceLock<Result<Box<dyn Contract>, LoadError>>,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plugin({})", self.0.info.id())
    }
}

impl Plugin {
    /// One whose code waits in our binary.
    pub(crate) fn built_in(sandbox: &Sandbox, info: PluginInfo, code: BuiltInCode) -> Self {
        Self(Arc::new(Inner { sandbox: sandbox.clone(), info, code: Some(code), contract: OnceLock::new() }))
    }

    /// One that is linked already.
    pub(crate) fn linked(sandbox: &Sandbox, info: PluginInfo, contract: Box<dyn Contract>) -> Self {
        let contract = OnceLock::from(Ok(contract));
        Self(Arc::new(Inner { sandbox: sandbox.clone(), info, code: None, contract }))
    }

    /// What is known of it.
    #[must_use]
    pub fn info(&self) -> &PluginInfo {
        &self.0.info
    }

    /// What is this source? The overview is made of `view`'s base directory.
    pub fn detect(&self, view: Arc<dyn SourceView>) -> Call<Vec<Claim>> {
        let asked = Asked { role: Role::Detector, call: "detect", answer_bytes: self.0.sandbox.limits().answer_bytes };
        let overview = match self.overview(&*view) {
            Ok(overview) => overview,
            Err(fault) => return self.refused(&asked, fault),
        };
        self.ask(
            &asked,
            |session| {
                session.ledger.note_listing("", &overview.entries);
                session.view = Some(view);
            },
            |contract, store| contract.detect(store, &overview),
            |rules, claims| check::claims(rules, self.info(), claims),
        )
    }

    /// How is it built and run? `contributions` are claims of other plugins that only contribute a part. Evidence of
    /// the claims that are handed in may be cited by the plan: it was proved when it was made.
    pub fn plan(
        &self,
        claim: &Claim,
        contributions: &[Claim],
        profile: &Profile,
        target: &TargetFacts,
        view: Arc<dyn SourceView>,
    ) -> Call<Plan> {
        let asked =
            Asked { role: Role::Planner, call: "plan", answer_bytes: self.0.sandbox.limits().plan_answer_bytes };
        let request = PlanRequest { claim, contributions, profile, target };
        self.ask(
            &asked,
            |session| {
                for evidence in std::iter::once(claim).chain(contributions).flat_map(|c| &c.evidence) {
                    session.ledger.note_given(evidence);
                }
                session.view = Some(view);
            },
            |contract, store| contract.plan(store, request),
            |rules, plan| check::plan(rules, self.info(), &claim.app_type, plan),
        )
    }

    /// What has to be verified?
    pub fn checks(&self, plan: &Plan) -> Call<Vec<Check>> {
        let asked = Asked { role: Role::Verifier, call: "checks", answer_bytes: self.0.sandbox.limits().answer_bytes };
        self.ask(
            &asked,
            |_| {},
            |contract, store| contract.checks(store, plan).map(Ok),
            |rules, checks| check::checks(rules, self.info(), checks),
        )
    }

    /// One evaluation of one check. The plugin's bound on time does not count what `probes` take.
    pub fn evaluate(&self, check: &Check, context: &Context, probes: Arc<dyn Probes>) -> Call<Verdict> {
        let asked =
            Asked { role: Role::Verifier, call: "evaluate", answer_bytes: self.0.sandbox.limits().answer_bytes };
        self.ask(
            &asked,
            |session| session.probes = Some(probes),
            |contract, store| contract.evaluate(store, check, context).map(Ok),
            check::verdict,
        )
    }

    fn ask<A, T>(
        &self,
        asked: &Asked,
        prepare: impl FnOnce(&mut Session),
        question: impl FnOnce(&dyn Contract, &mut Store<Session>) -> Answer<A>,
        check: impl FnOnce(&Rules<'_>, A) -> Result<T, Invalid>,
    ) -> Call<T> {
        if !self.0.info.roles.contains(&asked.role) {
            let message = format!("it was asked to {} and is no {:?}", asked.call, asked.role).to_lowercase();
            return self.refused(asked, PluginFault { code: Code::PluginIncompatible, message });
        }
        let contract = match self.contract() {
            Ok(contract) => contract,
            Err(error) => return self.refused(asked, error.into()),
        };
        let mut session = Session::new(&self.0.sandbox);
        prepare(&mut session);
        let (answer, session) =
            call::run(&self.0.sandbox, session, asked.answer_bytes, |store| question(contract, store));
        let rules = Rules { limits: self.0.sandbox.limits(), ledger: &session.ledger };
        let checked = answer.and_then(|answer| {
            match answer {
                Ok(answer) => check(&rules, answer).map(Ok),
                Err(problem) => check::problem(&rules, problem).map(Err),
            }
            .map_err(|invalid| PluginFault { code: Code::PluginOutputInvalid, message: invalid.to_string() })
        });
        let mut receipt = self.receipt(asked, Some(&session));
        let result = match checked {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(problem)) => Err(CallError::Problem(problem)),
            Err(fault) => {
                receipt.fault = Some(fault.clone());
                Err(CallError::Fault(fault))
            }
        };
        Call { result, receipt }
    }

    /// The contract that the component speaks, linked at the first question.
    fn contract(&self) -> Result<&dyn Contract, LoadError> {
        let Inner { sandbox, info, code, contract } = &*self.0;
        let loaded = contract.get_or_init(|| {
            let engine = sandbox.engine()?;
            let code = code.ok_or_else(|| LoadError::Engine { why: "a plugin without code".to_owned() })?;
            let contract = bind(engine, &load_built_in(engine, code, sandbox.limits())?)?;
            if contract.roles() != info.roles {
                let why = format!("{} is described with other roles than its component exports", info.id());
                return Err(LoadError::Description { why });
            }
            Ok(contract)
        });
        loaded.as_ref().map(|contract| &**contract).map_err(Clone::clone)
    }

    fn overview(&self, view: &dyn SourceView) -> Result<Overview, PluginFault> {
        let mut entries = view.entries("").map_err(|fault| PluginFault {
            code: Code::HostInternal,
            message: format!("the base directory of the source cannot be listed: {fault:?}"),
        })?;
        let most = self.0.sandbox.limits().overview as usize;
        let truncated = view.truncated() || entries.len() > most;
        entries.truncate(most);
        Ok(Overview { entries, truncated })
    }

    fn refused<T>(&self, asked: &Asked, fault: PluginFault) -> Call<T> {
        let mut receipt = self.receipt(asked, None);
        receipt.fault = Some(fault.clone());
        Call { result: Err(CallError::Fault(fault)), receipt }
    }

    fn receipt(&self, asked: &Asked, session: Option<&Session>) -> Receipt {
        Receipt {
            plugin: self.0.info.id(),
            digest: self.0.info.digest.clone(),
            role: asked.role,
            call: asked.call.to_owned(),
            micros: session.map_or(0, |s| u64::try_from(s.clock.elapsed().as_micros()).unwrap_or(u64::MAX)),
            peak_memory: session.map_or(0, |s| s.memory_peak),
            host_calls: session.map_or(0, |s| s.host_calls),
            bytes_read: session.map_or(0, |s| s.bytes_read),
            files_read: session.map(|s| s.ledger.files_read()).unwrap_or_default(),
            log: session.map(|s| s.log.clone()).unwrap_or_default(),
            log_dropped: session.map_or(0, |s| s.log_dropped),
            fault: None,
        }
    }
}

/// Which question, for the receipt.
struct Asked {
    role: Role,
    call: &'static str,
    answer_bytes: u64,
}
