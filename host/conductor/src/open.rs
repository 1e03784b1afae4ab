//! Opening a host: its state directory, its journal, its plugins, its router, and then what an earlier host left.

use crate::core::Core;
use crate::ledger::Ledger;
use crate::lock::{LockFault, StateLock};
use crate::routes::Routes;
use crate::{keeper, preview, recover};
use journal::Journal;
use model::{Code, Remedy};
use router::{Router, RouterOptions};
use source::Store;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use targets::ProcessTarget;

/// How a host is opened.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// The state directory.
    pub state: PathBuf,
    /// Where the router listens.
    pub http: SocketAddr,
    /// Our own binary, for supervisors.
    pub exe: PathBuf,
    /// First-party plugins.
    pub plugins: &'static [sandbox::BuiltIn],
}

/// Why a host does not open.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct HostError {
    /// The stable code.
    pub code: Code,
    /// For a person.
    pub message: String,
    /// What to do.
    pub remedies: Vec<Remedy>,
}

impl HostError {
    fn new(code: Code, message: String, remedy: Remedy) -> Self {
        Self { code, message, remedies: vec![remedy] }
    }
}

/// Takes the state directory, brings the world and the journal together, and goes on with what was unfinished.
pub(crate) fn open(options: &HostOptions) -> Result<(Arc<Core>, StateLock), HostError> {
    let unusable = |what: &str, error: &dyn std::fmt::Display| {
        HostError::new(
            Code::StateUnusable,
            format!("{what} {}: {error}", options.state.display()),
            Remedy::safe("Check the directory, or choose another one.", "shipway serve --state DIR"),
        )
    };
    private_directory(&options.state).map_err(|e| unusable("the state directory cannot be used:", &e))?;
    let held = StateLock::take(&options.state, &options.http.to_string()).map_err(|fault| match fault {
        LockFault::Held(holder) => HostError::new(
            Code::StateLocked,
            format!("another host uses {}: {holder}", options.state.display()),
            Remedy::safe("Use the host that runs, or stop it first.", "shipway list"),
        ),
        LockFault::Io(error) => unusable("the lock cannot be taken in", &error),
    })?;
    let journal = Journal::open(&options.state).map_err(|e| {
        let explain = Remedy::safe("See what can be done.", format!("shipway explain {}", e.code()));
        HostError::new(e.code(), e.to_string(), explain)
    })?;
    let store = Store::open(&options.state).map_err(|e| unusable("the snapshot store cannot be opened in", &e))?;
    let target = ProcessTarget::open(&options.state, options.exe.clone())
        .map_err(|e| unusable("the process target cannot be opened in", &e))?;
    let catalogue = preview::catalogue(options.plugins).map_err(|f| {
        HostError::new(f.code, f.message.clone(), Remedy::advice("Install a complete build of shipway."))
    })?;
    // Last of all: from here on requests are answered, and a moment later they find their apps.
    let token = crate::token();
    let router = Router::start(RouterOptions::new(options.http, token.clone())).map_err(|e| {
        let other = Remedy::safe("Choose another address.", "shipway serve --http 127.0.0.1:PORT");
        HostError::new(e.code(), e.to_string(), other)
    })?;
    let core = Arc::new(Core {
        state_dir: options.state.clone(),
        ledger: Ledger::new(journal),
        store,
        catalogue,
        target: Arc::new(target),
        routes: Routes::new(router),
        token,
        resources: Mutex::default(),
        gate: Mutex::default(),
        ids: Mutex::new(ulid::Generator::new()),
        doomed: Mutex::default(),
        turns: Mutex::default(),
        turned: Condvar::new(),
        closing: false.into(),
    });
    recover::reconcile(&core).map_err(|e| unusable("the journal cannot be read in", &e))?;
    keeper::start(&core);
    Ok((core, held))
}

/// The state directory holds logs and builds of other people's apps: nobody else looks into it.
fn private_directory(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}
