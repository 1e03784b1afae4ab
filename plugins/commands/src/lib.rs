//! Apps whose owner says everything: `runtime.strategy = "commands"`. Nothing is looked for in the source.

use shipway_sdk::prelude::*;

/// The plugin.
pub struct Commands;

impl Plugin for Commands {
    const ABOUT: About = About {
        name: "shipway/commands",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Apps that are installed, built and started by the commands of their owner",
        app_types: &["commands"],
        triggers: &[],
        always: false,
    };
}

impl Planner for Commands {
    fn plan(_: &App<'_>, ask: &Request) -> Result<Plan, Problem> {
        let mut plan = PlanBuilder::new(ask);
        plan.missing_start(
            "runtime.strategy is \"commands\", and runtime.start does not say how the app is started",
            vec![],
        );
        plan.finish()
    }
}

shipway_sdk::export_planner!(Commands);

#[cfg(test)]
mod tests {
    #[test]
    fn cases() {
        shipway_sdk::testing::Cases::of(env!("CARGO_MANIFEST_DIR")).planner::<super::Commands>();
    }
}
