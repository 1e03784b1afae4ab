//! What holds where the owner said nothing. The numbers stand here and nowhere else: accessors, `config show` and the
//! published schema read them from this file.

use super::{Duration, Profile};
use serde_json::{Value, json};

impl Profile {
    /// Where it runs.
    pub const TARGET: &str = "process";
    /// The app's directory inside the source.
    pub const BASE: &str = ".";
    /// What the app speaks.
    pub const PROTOCOL: &str = "http";
    /// The path prefix of its routes.
    pub const ACCESS_PATH: &str = "/";
    /// Often enough to notice a start within a second, seldom enough not to be load.
    pub const HEALTH_INTERVAL: Duration = Duration::from_millis(1000);
    /// A healthy answer that takes longer is not healthy for a visitor either.
    pub const HEALTH_TIMEOUT: Duration = Duration::from_millis(5000);
    /// One lost answer is an accident, three in a row are not.
    pub const HEALTH_RETRIES: u32 = 3;
    /// Covers a cold start of a large interpreted app on a small server.
    pub const HEALTH_START_PERIOD: Duration = Duration::from_millis(30_000);
    /// Crashes after a switch come within seconds: the first requests bring them out.
    pub const ROLLBACK_WATCH: Duration = Duration::from_millis(10_000);
    /// A few days of work for most; artifacts are the largest thing that a host keeps.
    pub const ROLLBACK_KEEP: u32 = 5;

    /// Where it runs: `process` or `docker`.
    #[must_use]
    pub fn target(&self) -> &str {
        self.target.as_deref().unwrap_or(Self::TARGET)
    }
    /// The app's directory inside the source.
    #[must_use]
    pub fn base(&self) -> &str {
        self.source.base.as_deref().unwrap_or(Self::BASE)
    }
    /// What the app speaks.
    #[must_use]
    pub fn protocol(&self) -> &str {
        self.network.protocol.as_deref().unwrap_or(Self::PROTOCOL)
    }
    /// The path prefix of its routes; begins with `/`.
    #[must_use]
    pub fn access_path(&self) -> &str {
        self.access.path.as_deref().unwrap_or(Self::ACCESS_PATH)
    }
    /// Between two questions of one check.
    #[must_use]
    pub fn health_interval(&self) -> std::time::Duration {
        self.health.interval.unwrap_or(Self::HEALTH_INTERVAL).get()
    }
    /// For one answer.
    #[must_use]
    pub fn health_timeout(&self) -> std::time::Duration {
        self.health.timeout.unwrap_or(Self::HEALTH_TIMEOUT).get()
    }
    /// Failing answers in a row after the start period before the verdict is final.
    #[must_use]
    pub fn health_retries(&self) -> u32 {
        self.health.retries.unwrap_or(Self::HEALTH_RETRIES)
    }
    /// Failing answers within it are not counted.
    #[must_use]
    pub fn health_start_period(&self) -> std::time::Duration {
        self.health.start_period.unwrap_or(Self::HEALTH_START_PERIOD).get()
    }
    /// The stabilisation window after the switch; zero: none.
    #[must_use]
    pub fn rollback_watch(&self) -> std::time::Duration {
        self.rollback.watch.unwrap_or(Self::ROLLBACK_WATCH).get()
    }
    /// Good releases that are kept to go back to.
    #[must_use]
    pub fn rollback_keep(&self) -> u32 {
        self.rollback.keep.unwrap_or(Self::ROLLBACK_KEEP)
    }
}

/// What holds for a key that nobody set.
#[derive(Debug, Clone, PartialEq)]
pub enum Fallback {
    /// This value.
    Value(Value),
    /// It is decided later; the text says by whom.
    Decided(&'static str),
}

/// What holds for a key that nobody set; `None` for a key that there is not, and for `env`, `secrets` and the tools,
/// whose names are free.
#[must_use]
pub fn fallback(key: &str) -> Option<Fallback> {
    use Fallback::{Decided, Value};
    const DETECTED: &str = "decided by detection";
    Some(match key {
        "name" => Decided("made from the folder's name"),
        "target" => Value(json!(Profile::TARGET)),
        "source.base" => Value(json!(Profile::BASE)),
        "source.ignore" | "access.hosts" | "plugins.deny" => Value(json!([])),
        "runtime.strategy" => Value(json!("auto")),
        "runtime.type" | "runtime.install" | "runtime.build" | "runtime.start" | "runtime.publish" => Decided(DETECTED),
        "runtime.release" => Decided("decided by detection; most apps have none"),
        "network.port" => Decided("chosen by the host and given to the app in PORT"),
        "network.protocol" => Value(json!(Profile::PROTOCOL)),
        "health.path" => Decided("decided by detection; without one, any HTTP answer will do"),
        "health.status" => Decided("any below 400"),
        "health.text" => Decided("any body"),
        "health.interval" => Value(json!(Profile::HEALTH_INTERVAL)),
        "health.timeout" => Value(json!(Profile::HEALTH_TIMEOUT)),
        "health.retries" => Value(json!(Profile::HEALTH_RETRIES)),
        "health.start_period" => Value(json!(Profile::HEALTH_START_PERIOD)),
        "access.path" => Value(json!(Profile::ACCESS_PATH)),
        "rollback.mode" => Value(json!("auto")),
        "rollback.keep" => Value(json!(Profile::ROLLBACK_KEEP)),
        "rollback.watch" => Value(json!(Profile::ROLLBACK_WATCH)),
        "plugins.allow" => Decided("all that are installed"),
        _ => return None,
    })
}
