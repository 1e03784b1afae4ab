//! The types of the contract, under one roof. What they mean is written in `wit/`.

pub use world_app::shipway::plugin::log::Level;
pub use world_app::shipway::plugin::source::Fault as ReadFault;
pub use world_app::shipway::plugin::types::{
    BuilderKind, Check, Claim, Command, Confidence, Context, Decision, Description, Endpoint, Entry, EntryKind,
    Evidence, Fact, Fault, HealthPlan, HttpRequest, HttpResponse, Origin, Outcome, Overview, Plan, ProbeError,
    ProbeErrorKind, Problem, ProblemKind, Process, ProcessState, Profile, Role, Stage, StaticPlan, Step, TargetFacts,
    Tool, Verdict,
};
