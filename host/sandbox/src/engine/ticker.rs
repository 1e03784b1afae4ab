//! The clock that stops runaway plugins: a named OS thread that moves the engine's epoch on every 10 ms while at least
//! one call runs, and sleeps otherwise. A thread, not a task of some executor: a busy executor would stop the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use wasmtime::{Engine, EngineWeak};

/// How often running calls look at their clocks. What a deadline can be late by.
pub(crate) const TICK: Duration = Duration::from_millis(10);

struct State {
    running: AtomicUsize,
    stopped: AtomicBool,
}

/// The thread. Dropping it ends the thread; so does the end of the engine, which it holds weakly.
pub(crate) struct Ticker {
    state: Arc<State>,
    thread: JoinHandle<()>,
}

/// While one of these lives, the epoch moves.
pub(crate) struct Running(Arc<State>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Ticker {
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Self> {
        let state = Arc::new(State { running: AtomicUsize::new(0), stopped: AtomicBool::new(false) });
        let (weak, seen) = (engine.weak(), Arc::clone(&state));
        let thread = thread::Builder::new().name("plugin-ticker".into()).spawn(move || tick(&weak, &seen))?;
        Ok(Self { state, thread })
    }

    /// A call begins. The token left by `unpark` is kept when the thread is about to park: no wake-up is lost.
    pub(crate) fn enter(&self) -> Running {
        self.state.running.fetch_add(1, Ordering::SeqCst);
        self.thread.thread().unpark();
        Running(Arc::clone(&self.state))
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        self.thread.thread().unpark();
    }
}

fn tick(engine: &EngineWeak, state: &State) {
    while !state.stopped.load(Ordering::SeqCst) {
        if state.running.load(Ordering::SeqCst) == 0 {
            thread::park();
            continue;
        }
        thread::sleep(TICK);
        match engine.upgrade() {
            Some(engine) => engine.increment_epoch(),
            None => return,
        }
    }
}
