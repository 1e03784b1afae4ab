//! Running guest code: a fresh store, every bound set before the first instruction, enough native stack, a barrier
//! against panics, and a typed verdict on whatever ended it.

use super::breach::Breach;
use super::session::Session;
use crate::check::Invalid;
use crate::{Limits, Sandbox};
use model::Code;
use model::plugin::PluginFault;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasmtime::{Engine, Store, Trap, UpdateDeadline};

/// Native stack beyond what wasm and host functions may use: the frames of the engine itself.
const ENGINE_STACK: usize = 256 << 10;

/// Runs `guest` in a fresh store around `session`, and gives the session back for the receipt. `answer_bytes` bounds
/// what one answer, or the arguments of one host call, may make the host allocate.
///
/// The store is dropped in every case: after a trap nothing in it may be entered again.
pub(crate) fn run<T>(
    sandbox: &Sandbox,
    session: Session,
    answer_bytes: u64,
    guest: impl FnOnce(&mut Store<Session>) -> wasmtime::Result<T>,
) -> (Result<T, PluginFault>, Session) {
    let engine = match sandbox.engine() {
        Ok(engine) => engine,
        Err(error) => return (Err(error.into()), session),
    };
    let Some(_ticking) = sandbox.enter(engine) else {
        let message = "the thread that stops runaway plugins could not be started".to_owned();
        return (Err(PluginFault { code: Code::HostInternal, message }), session);
    };
    let mut store = bounded(engine, session, sandbox.limits(), answer_bytes);
    let needed = sandbox.limits().stack as usize + Limits::HOST_STACK;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        stacker::maybe_grow(needed + ENGINE_STACK, needed + 2 * ENGINE_STACK, || guest(&mut store))
    }));
    let session = store.into_data();
    let result = match outcome {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(fault(&error, &session, answer_bytes)),
        Err(panic) => Err(PluginFault { code: Code::PluginTrapped, message: panicked(&*panic) }),
    };
    (result, session)
}

fn bounded(engine: &Engine, session: Session, limits: &Limits, answer_bytes: u64) -> Store<Session> {
    let mut store = Store::new(engine, session);
    store.limiter(|session| session);
    store.set_hostcall_fuel(usize::try_from(answer_bytes).unwrap_or(usize::MAX));
    store.set_max_component_handles(limits.handles as usize);
    // Before instantiation: start functions and allocators are guest code too. The clock is looked at on every tick,
    // so that a deadline can depend on more than a number of ticks.
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|context| {
        let session = context.data();
        session.clock.check(session.limits())?;
        Ok(UpdateDeadline::Continue(1))
    });
    store
}

/// What ended the call, by the type of the error; texts are for people only.
fn fault(error: &wasmtime::Error, session: &Session, answer_bytes: u64) -> PluginFault {
    let limits = session.limits();
    let of = |code: Code, message: String| PluginFault { code, message };
    if let Some(breach) = error.downcast_ref::<Breach>() {
        return of(breach.code(), breach.to_string());
    }
    if let Some(invalid) = error.downcast_ref::<Invalid>() {
        return of(Code::PluginOutputInvalid, invalid.to_string());
    }
    match (error.downcast_ref::<Trap>(), &session.denied) {
        (Some(Trap::StackOverflow), _) => {
            of(Code::PluginTrapped, format!("it used up its stack, {} bytes are allowed (limit stack)", limits.stack))
        }
        // A guest that is refused memory usually aborts; a component whose memories do not fit never starts.
        (_, Some(denied)) => of(Code::PluginMemory, denied.message(limits)),
        (Some(trap), None) => of(Code::PluginTrapped, format!("it trapped: {trap}")),
        (None, None) if !session.ready => of(
            Code::PluginIncompatible,
            format!(
                "it does not fit this host: {error:#} (limits instances {}, memories {}, tables {})",
                limits.instances, limits.memories, limits.tables
            ),
        ),
        (None, None) => of(
            Code::PluginOutputInvalid,
            format!("what it passed to the host cannot be taken: {error:#} (at most {answer_bytes} bytes at once)"),
        ),
    }
}

fn panicked(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("the host panicked while it served the plugin (a fault of Shipway): {}", text.unwrap_or("no message"))
}
