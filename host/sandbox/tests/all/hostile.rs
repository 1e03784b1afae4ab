//! Guests that try to break out of every bound. Each is stopped with its own code and a message that names used and
//! limit, and the next call of the same plugin works.

use crate::support::{Files, Guest, claim, load};
use model::plugin::PluginFault;
use model::{Claim, Code};
use sandbox::{Call, CallError, Limits, LoadError, Plugin, Read, ReadFault, SourceView};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasm_encoder::{Component, ComponentSectionId, Encode as _, RawSection};

/// Short bounds on time, so that the tests are.
fn quick() -> Limits {
    Limits { time: Duration::from_millis(100), ..Limits::default() }
}

/// A detector whose `detect` runs this WAT, then claims.
fn detector(wat: &str) -> Guest {
    Guest::of("detector-plugin").does("detector#detect", wat, json!({ "ok": [claim()] }))
}

fn fault<T: std::fmt::Debug>(call: &Call<T>) -> PluginFault {
    match &call.result {
        Err(CallError::Fault(fault)) => {
            assert_eq!(call.receipt.fault.as_ref(), Some(fault), "the receipt tells the same");
            fault.clone()
        }
        other => panic!("{other:?}"),
    }
}

fn stopped(guest: &Guest, limits: Limits) -> (PluginFault, Call<Vec<Claim>>) {
    let plugin = guest.load_with(limits).unwrap();
    let call = plugin.detect(Files::small());
    (fault(&call), call)
}

fn refused_at_load(guest: &Guest, limits: Limits) -> (Code, String) {
    let error = guest.load_with(limits).unwrap_err();
    (error.code(), error.to_string())
}

const FOREVER: &str = "(loop $again (br $again))";

#[test]
fn an_endless_loop_ends_at_the_limit_on_time() {
    let plugin = detector(FOREVER).load_with(quick()).unwrap();
    // The second time the clock has been asleep in between.
    for _ in 0..2 {
        let call = plugin.detect(Files::small());
        let fault = fault(&call);
        assert_eq!(fault.code, Code::PluginTimeout);
        assert!(fault.message.contains("100 ms are allowed (limit time)"), "{}", fault.message);
        assert!(call.receipt.micros >= 100_000, "{}", call.receipt.micros);
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_clock_runs_before_the_first_instruction_of_the_guest() {
    let start = detector("").item(&format!("(func $spin {FOREVER}) (start $spin)"));
    assert_eq!(refused_at_load(&start, quick()).0, Code::PluginTimeout);
    // Lowering the overview calls the guest's allocator before `detect` begins.
    let (fault, _) = stopped(&detector("").realloc(&format!("{FOREVER} (i32.const 0)")), quick());
    assert_eq!(fault.code, Code::PluginTimeout);
}

#[test]
fn a_slow_source_ends_at_the_limit_on_wall_time() {
    struct Slow;
    impl SourceView for Slow {
        fn entries(&self, _: &str) -> Result<Vec<sandbox::Entry>, ReadFault> {
            Ok(Vec::new())
        }
        fn stat(&self, _: &str) -> Result<Option<sandbox::Entry>, ReadFault> {
            std::thread::sleep(Duration::from_millis(50));
            Ok(None)
        }
        fn read(&self, _: &str, _: u64) -> Result<Read, ReadFault> {
            Err(ReadFault::NotFound)
        }
        fn find(&self, _: &str, _: usize) -> Result<Vec<String>, ReadFault> {
            Ok(Vec::new())
        }
    }
    let wat = "(loop $again (call $stat (i32.const 64) (i32.const 1) (i32.const 512)) (br $again))";
    let limits = Limits { wall: Duration::from_millis(500), ..Limits::default() };
    let plugin = detector(wat).item("(data (i32.const 64) \"a\")").load_with(limits).unwrap();
    let fault = fault(&plugin.detect(Arc::new(Slow)));
    assert_eq!(fault.code, Code::PluginTimeout);
    assert!(fault.message.contains("(limit wall)"), "{}", fault.message);
}

#[test]
fn refused_memory_explains_the_trap_that_follows_and_nothing_else() {
    let greedy = "(if (i32.eq (i32.const -1) (memory.grow (i32.const 2000))) (then unreachable))";
    let (fault, call) = stopped(&detector(greedy), Limits::default());
    assert_eq!(fault.code, Code::PluginMemory);
    assert!(fault.message.contains("67108864 are allowed over all memories (limit memory)"), "{}", fault.message);
    assert!(call.receipt.peak_memory <= 64 << 20);
    // A guest that can live with a no is not punished for asking.
    let modest = "(drop (memory.grow (i32.const 2000))) (drop (memory.grow (i32.const 10)))";
    let call = detector(modest).load().detect(Files::small());
    assert_eq!(call.result.unwrap().len(), 1);
    assert_eq!(call.receipt.peak_memory, (2 + 10) * 65536);
}

/// Adds a core module to a component, instantiated `count` times.
fn with_modules(component: &[u8], count: u32, module: &str) -> Vec<u8> {
    let modules = wasmparser::Parser::new(0)
        .parse_all(component)
        .scan(0u32, |depth, payload| {
            let payload = payload.unwrap();
            let counts = *depth == 0 && matches!(payload, wasmparser::Payload::ModuleSection { .. });
            match payload {
                wasmparser::Payload::ModuleSection { .. } | wasmparser::Payload::ComponentSection { .. } => *depth += 1,
                wasmparser::Payload::End(_) => *depth = depth.saturating_sub(1),
                _ => {}
            }
            Some(counts)
        })
        .filter(|counts| *counts)
        .count();
    let module = wat::parse_str(module).unwrap();
    let mut out = component.to_vec();
    let mut extra = Component::new();
    extra.section(&RawSection { id: ComponentSectionId::CoreModule.into(), data: &module });
    let mut instances = Vec::new();
    count.encode(&mut instances);
    for _ in 0..count {
        instances.push(0x00);
        u32::try_from(modules).unwrap().encode(&mut instances);
        0u32.encode(&mut instances);
    }
    extra.section(&RawSection { id: ComponentSectionId::CoreInstance.into(), data: &instances });
    out.extend_from_slice(&extra.finish()[8..]);
    out
}

#[test]
fn memory_is_summed_over_all_memories() {
    let component = detector("").build();
    load(&with_modules(&component, 5, "(module (memory 100))"), Limits::default()).unwrap();
    // Each of these would fit by itself: 7 × 10 MiB.
    let error = load(&with_modules(&component, 7, "(module (memory 160))"), Limits::default()).unwrap_err();
    assert_eq!(error.code(), Code::PluginMemory, "{error}");
    assert!(error.to_string().contains("(limit memory)"), "{error}");
    // And there is a bound on their number.
    let error = load(&with_modules(&component, 20, "(module (memory 1))"), Limits::default()).unwrap_err();
    assert_eq!(error.code(), Code::PluginIncompatible, "{error}");
    assert!(error.to_string().contains("memories 8"), "{error}");
    // As on that of instances.
    load(&with_modules(&component, 50, "(module)"), Limits::default()).unwrap();
    let error = load(&with_modules(&component, 70, "(module)"), Limits::default()).unwrap_err();
    assert_eq!(error.code(), Code::PluginIncompatible, "{error}");
    assert!(error.to_string().contains("instances 64"), "{error}");
}

#[test]
fn what_is_declared_too_large_is_never_made() {
    let (code, message) = refused_at_load(&detector("").pages(2000), Limits::default());
    assert_eq!(code, Code::PluginMemory, "{message}");
    let (code, message) = refused_at_load(&detector("").item("(table 1000000 funcref)"), Limits::default());
    assert_eq!(code, Code::PluginMemory, "{message}");
    assert!(message.contains("20000 are allowed (limit table_elements)"), "{message}");
    let grows = "(if (i32.eq (i32.const -1) (table.grow $t (ref.null func) (i32.const 30000))) (then unreachable))";
    let (fault, _) = stopped(&detector(grows).item("(table $t 1 funcref)"), Limits::default());
    assert_eq!(fault.code, Code::PluginMemory);
}

#[test]
fn endless_recursion_ends_at_the_limit_on_stack_on_any_thread() {
    let plugin = detector("(call $deep)").item("(func $deep (call $deep) (call $deep))").load();
    let check = |plugin: &Plugin| {
        let fault = fault(&plugin.detect(Files::small()));
        assert_eq!(fault.code, Code::PluginTrapped);
        assert!(fault.message.contains("524288 bytes are allowed (limit stack)"), "{}", fault.message);
    };
    check(&plugin);
    // The native stack is smaller than the guest's: without one made for the call the process would die here.
    std::thread::Builder::new().stack_size(128 << 10).spawn(move || check(&plugin)).unwrap().join().unwrap();
}

#[test]
fn a_host_function_below_the_deepest_guest_frame_has_stack_left() {
    // Goes down until the guest's stack is used up, and asks the host at every level on the way.
    let find = "(call $find (i32.const 64) (i32.const 7) (i32.const 10) (i32.const 512))";
    let guest = detector("(call $deep)").item(&format!("(func $deep {find} (call $deep) {find})"));
    let limits = Limits { host_calls: u32::MAX, time: Duration::from_secs(20), ..Limits::default() };
    let plugin = guest.item("(data (i32.const 64) \"**/*.js\")").load_with(limits).unwrap();
    let call = std::thread::Builder::new().stack_size(128 << 10).spawn(move || plugin.detect(Files::small()));
    let call = call.unwrap().join().unwrap();
    assert_eq!(fault(&call).code, Code::PluginTrapped);
    assert!(call.receipt.host_calls > 1000, "{}", call.receipt.host_calls);
}

#[test]
fn a_trap_is_the_plugins_and_the_next_call_knows_nothing_of_it() {
    // Traps when it was not called before in the same memory.
    let wat = "(if (i32.eqz (i32.load8_u (i32.const 8))) (then (i32.store8 (i32.const 8) (i32.const 1)) unreachable))";
    let plugin = detector(wat).load();
    for _ in 0..3 {
        let fault = fault(&plugin.detect(Files::small()));
        assert_eq!(fault.code, Code::PluginTrapped);
    }
}

#[test]
fn a_log_flood_is_counted_and_not_kept() {
    let write = "(call $write (i32.const 2) (i32.const 64) (i32.const 8))";
    let flood = format!(
        "(local.set $i (i32.const 1000)) (loop $l {write} (br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))"
    );
    let guest = |wat: &str| detector(wat).item("(data (i32.const 64) \"a\\1b[31m\\0ab\")");
    let call = guest(&flood).load().detect(Files::small());
    assert!(call.result.is_ok());
    assert_eq!((call.receipt.log.len(), call.receipt.log_dropped), (200, 800));
    assert_eq!(call.receipt.log[0], "warn: a\u{FFFD}[31m b");
    let call = guest(&format!("(loop $l {write} (br $l))")).load_with(quick()).unwrap().detect(Files::small());
    assert_eq!(fault(&call).code, Code::PluginTimeout);
    assert!(call.receipt.log.len() == 200 && call.receipt.log_dropped > 1000);
}

#[test]
fn a_long_log_line_is_cut_where_it_shows() {
    let call =
        detector("(call $write (i32.const 0) (i32.const 65536) (i32.const 60000))").load().detect(Files::small());
    let line = &call.receipt.log[0];
    assert!(line.ends_with('…') && line.len() <= 1024 + 16, "{}", line.len());
}

#[test]
fn a_flood_of_host_calls_ends_at_the_limit() {
    let wat = "(loop $again (call $stat (i32.const 64) (i32.const 1) (i32.const 512)) (br $again))";
    let limits = Limits { host_calls: 500, ..Limits::default() };
    let (fault, call) = stopped(&detector(wat).item("(data (i32.const 64) \"a\")"), limits);
    assert_eq!(fault.code, Code::PluginTrapped);
    assert!(fault.message.contains("501 host calls, 500 are allowed (limit host_calls)"), "{}", fault.message);
    assert_eq!(call.receipt.host_calls, 501);
}

#[test]
fn an_answer_that_multiplies_itself_is_refused_before_it_is_copied() {
    // A hundred notes, all the same megabyte of memory.
    let note = json!({ "$raw": [1024, 1 << 20] });
    let evidence = json!(vec![json!({ "path": "package.json", "note": note }); 100]);
    let mut claim = claim();
    claim["evidence"] = evidence;
    let guest = Guest::of("detector-plugin").pages(40).answers("detector#detect", json!({ "ok": [claim] }));
    let began = Instant::now();
    let (fault, _) = stopped(&guest, Limits::default());
    assert_eq!(fault.code, Code::PluginOutputInvalid);
    assert!(fault.message.contains("at most 1048576 bytes"), "{}", fault.message);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_argument_that_is_too_large_is_refused_before_it_is_copied() {
    let wat = "(call $write (i32.const 0) (i32.const 0) (i32.const 2000000))";
    let (fault, call) = stopped(&detector(wat).pages(40), Limits::default());
    assert_eq!(fault.code, Code::PluginOutputInvalid);
    assert!(call.receipt.log.is_empty());
}

#[test]
fn pointers_lengths_cases_and_text_that_lie_are_refused() {
    let with = |field: &str, value: serde_json::Value| {
        let mut claim = claim();
        claim[field] = value;
        Guest::of("detector-plugin").answers("detector#detect", json!({ "ok": [claim] }))
    };
    for guest in [
        with("app-type", json!({ "$raw": [0x7fff_fff0_u32, 4] })),
        with("evidence", json!({ "$raw": [1024, 0x0fff_ffff] })),
        with("facts", json!({ "$raw": [1025, 1] })),
        with("confidence", json!(17)),
        with("start", json!({ "$raw": [64, 2] })).item("(data (i32.const 64) \"\\c3\\28\")"),
        Guest::of("detector-plugin").answers("detector#detect", json!({ "ok": { "$raw": [1024, 0xffff_ffff_u32] } })),
    ] {
        let (fault, _) = stopped(&guest, Limits::default());
        assert_eq!(fault.code, Code::PluginOutputInvalid, "{}", fault.message);
    }
}

#[test]
fn an_allocator_that_lies_or_calls_out_is_refused() {
    for (body, code) in [
        ("(i32.const 0x7ffffff0)", Code::PluginOutputInvalid),
        ("(i32.const 65535)", Code::PluginOutputInvalid),
        ("unreachable", Code::PluginTrapped),
        ("(call $write (i32.const 0) (i32.const 0) (i32.const 1)) (i32.const 1024)", Code::PluginTrapped),
    ] {
        let (fault, _) = stopped(&detector("").realloc(body), Limits::default());
        assert_eq!(fault.code, code, "{body}: {}", fault.message);
    }
}

/// A source that panics when one path is read.
struct Broken(Arc<dyn SourceView>);

impl SourceView for Broken {
    fn entries(&self, dir: &str) -> Result<Vec<sandbox::Entry>, ReadFault> {
        self.0.entries(dir)
    }
    fn stat(&self, path: &str) -> Result<Option<sandbox::Entry>, ReadFault> {
        self.0.stat(path)
    }
    fn read(&self, _: &str, _: u64) -> Result<Read, ReadFault> {
        panic!("a bug of the host")
    }
    fn find(&self, glob: &str, limit: usize) -> Result<Vec<String>, ReadFault> {
        self.0.find(glob, limit)
    }
}

#[test]
fn a_panic_below_a_call_ends_the_call_and_not_the_host() {
    let plugin = detector("(call $read (i32.const 64) (i32.const 1) (i32.const 9) (i32.const 512))")
        .item("(data (i32.const 64) \"a\")")
        .load();
    let fault = fault(&plugin.detect(Arc::new(Broken(Files::small()))));
    assert_eq!(fault.code, Code::PluginTrapped);
    assert!(fault.message.contains("a bug of the host"), "{}", fault.message);
    assert!(plugin.detect(Files::small()).result.is_ok(), "the same plugin, the next call");
}

#[test]
fn one_runaway_does_not_disturb_the_others() {
    let good = detector("").load();
    let bad = detector(FOREVER).load_with(quick()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(fault(&bad.detect(Files::small())).code, Code::PluginTimeout));
            scope.spawn(|| {
                for _ in 0..50 {
                    good.detect(Files::small()).result.unwrap();
                }
            });
        }
    });
}

#[test]
fn a_limit_that_no_plugin_could_live_with_is_refused_by_name() {
    let error = sandbox::Sandbox::new(Limits { memory: 1, ..Limits::default() }).err().unwrap();
    assert!(matches!(&error, LoadError::Engine { why } if why.contains("memory")), "{error}");
}
