//! For this crate's tests only: the hidden subcommands of the real binary, hosts to be killed, and an app that listens.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::{Read, Write},
    path::Path,
    process::ExitCode,
    sync::atomic::AtomicBool,
    time::Duration,
};
use targets::{BuildEvents, BuildJob, ProcessTarget, StartJob, Target};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let mut args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let word = if args.is_empty() { OsString::new() } else { args.remove(0) };
    let text: Vec<String> = args.iter().map(|a| a.to_string_lossy().into_owned()).collect();
    let result = match word.to_str() {
        Some("__supervise") => return targets::supervise(args),
        Some("__step") => return targets::step(args),
        Some("__static") => return targets::serve_static(args),
        Some("listen") => listen(),
        Some("host") => host(&text),
        _ => Err("which part?".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("testbed: {e}");
            ExitCode::FAILURE
        }
    }
}

/// An app: answers every request with its pid.
fn listen() -> Result<()> {
    let port: u16 = std::env::var("PORT")?.parse()?;
    let listener = std::net::TcpListener::bind(("127.0.0.1", port))?;
    println!("listening on {port}");
    for stream in listener.incoming() {
        let mut stream = stream?;
        let mut request = [0; 4096];
        let _ = stream.read(&mut request)?;
        let body = std::process::id().to_string();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())?;
    }
    Ok(())
}

/// A host that does one thing and then waits to be killed: `host STATE start|build JOB.json`.
fn host(args: &[String]) -> Result<()> {
    let [state, what, deployment, plan] = args else { return Err("host STATE start|build DEPLOYMENT PLAN".into()) };
    let target = ProcessTarget::open(Path::new(state), std::env::current_exe()?)?;
    let deployment: model::DeploymentId = deployment.parse()?;
    let plan: model::Checked = serde_json::from_str(&std::fs::read_to_string(plan)?)?;
    match what.as_str() {
        "start" => {
            let job = StartJob {
                instance: model::InstanceName::of(&deployment, "web")?,
                built_by: deployment,
                plan: &plan,
                process: "web".into(),
                port: None,
                env: BTreeMap::new(),
            };
            println!("{}", target.start(&job)?.port.unwrap_or_default());
        }
        _ => {
            let materialise = |to: &Path| std::fs::create_dir(to).map_err(|e| failed(&e.to_string()));
            let job = BuildJob {
                deployment,
                plan: &plan,
                source_base: ".".into(),
                materialise: &materialise,
                env: BTreeMap::new(),
                timeout: Duration::from_secs(600),
            };
            target.build(&job, &Aloud, &AtomicBool::new(false))?;
        }
    }
    std::io::stdout().flush()?;
    std::thread::sleep(Duration::from_secs(600));
    Ok(())
}

fn failed(message: &str) -> targets::TargetError {
    targets::TargetError::Materialise { code: model::Code::HostInternal, message: message.into(), input: String::new() }
}

struct Aloud;
impl BuildEvents for Aloud {
    fn step_started(&self, _: &str, _: &str) {}
    fn output(&self, _: &str, lines: &[String]) {
        lines.iter().for_each(|line| println!("{line}"));
    }
    fn step_finished(&self, _: &str, _: Option<i32>, _: u64) {}
}
