//! `shipway logs`: what an app or its build wrote.

use super::status;
use crate::context::{Context, Ended, Stop, usage};
use crate::exit;
use crate::render::text;
use crate::screen::Screen;
use crate::signals::{GLANCE, Interrupt};
use api::Client;
use api::client::{LogKind, LogPart, LogStream, Subject};
use model::view::{LogLine, LogPage};
use model::{Failure, Remedy};
use std::sync::mpsc::{self, RecvTimeoutError};

/// Lines on one page that is fetched.
const PAGE: usize = 2000;

/// What an app wrote, or its build
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  shipway logs web                        what the release that serves has written
  shipway logs web --follow               … and writes, also after the next deployment
  shipway logs web --tail 50
  shipway logs dep_01… --phase build      the build of one deployment")]
pub(crate) struct Args {
    /// A resource's name or a deployment's id
    #[arg(value_name = "RESOURCE|DEPLOYMENT")]
    subject: String,
    /// Whose output
    #[arg(long, value_enum, default_value_t = Which::Run)]
    phase: Which,
    /// Go on as more is written
    #[arg(long, short)]
    follow: bool,
    /// Only the last lines of what there is
    #[arg(long, value_name = "LINES", conflicts_with = "follow")]
    tail: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    /// The build steps
    Build,
    /// The app
    Run,
}

impl Args {
    pub(crate) fn run(&self, context: &Context) -> Ended {
        let client = context.client()?;
        let kind = if self.phase == Which::Build { LogKind::Build } else { LogKind::Run };
        let subject = readable(&client, status::subject(&self.subject)?, kind)?;
        if self.follow {
            let interrupt = Interrupt::listen()?;
            follow(context.screen, client.follow_logs(&subject, kind, 0), &interrupt, false)?;
            return Ok(exit::OK);
        }
        let page = whole(&client, &subject, kind, self.tail)?;
        context.screen.answer(&page, || shown(&page))?;
        Ok(exit::OK)
    }
}

/// A resource's build is that of its latest deployment, and so is its run when nothing serves: the reason why nothing
/// does is there.
fn readable(client: &Client, subject: Subject, kind: LogKind) -> Result<Subject, Failure> {
    let Subject::Resource(name) = &subject else { return Ok(subject) };
    let view = client.resource(name)?;
    if kind == LogKind::Run && view.serving.is_some() {
        return Ok(subject);
    }
    match view.latest {
        Some(latest) => Ok(Subject::Deployment(latest.id)),
        None => Err(usage(format!("{name} was never deployed"), name.as_str())
            .remedy(Remedy::safe("See what there is", "shipway list"))),
    }
}

/// Everything that is kept, or its end.
fn whole(client: &Client, subject: &Subject, kind: LogKind, tail: Option<usize>) -> Result<LogPage, Failure> {
    let mut all = LogPage { lines: Vec::new(), cursor: 0, gap: false };
    loop {
        let page = client.logs(subject, kind, all.cursor, PAGE)?;
        all.gap |= page.gap;
        let moved = page.cursor != all.cursor;
        all.cursor = page.cursor;
        let empty = page.lines.is_empty();
        all.lines.extend(page.lines);
        if let Some(tail) = tail {
            let surplus = all.lines.len().saturating_sub(tail);
            all.lines.drain(..surplus);
        }
        if empty || !moved {
            return Ok(all);
        }
    }
}

fn shown(page: &LogPage) -> String {
    let mut out = String::new();
    if page.gap {
        out.push_str(&gap());
        out.push('\n');
    }
    for line in &page.lines {
        out.push_str(&text::clean(&line.text));
        out.push('\n');
    }
    out
}

fn gap() -> String {
    text::warn("… earlier lines were rotated away …")
}

/// Prints a log as it comes, until it ends or Ctrl-C.
pub(super) fn follow(screen: Screen, stream: LogStream, interrupt: &Interrupt, to_stderr: bool) -> Result<(), Stop> {
    let (sender, parts) = mpsc::sync_channel(16);
    std::thread::spawn(move || {
        for part in stream {
            if sender.send(part).is_err() {
                return;
            }
        }
    });
    while !interrupt.asked() {
        match parts.recv_timeout(GLANCE) {
            Ok(part) => show(screen, &part?, to_stderr)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
    Ok(())
}

fn show(screen: Screen, part: &LogPart, to_stderr: bool) -> Result<(), Stop> {
    match part {
        LogPart::Lines(page) if to_stderr => screen.note(shown(page).trim_end_matches('\n')),
        LogPart::Lines(page) if screen.json => {
            if page.gap {
                screen.note(&gap());
            }
            page.lines.iter().try_for_each(|line: &LogLine| screen.json_line(line))?;
        }
        LogPart::Lines(page) => screen.print(&shown(page))?,
        LogPart::Release(Some(id)) => screen.note(&text::faint(format_args!("── {id}"))),
        LogPart::Release(None) => screen.note(&text::faint("── nothing serves")),
    }
    Ok(())
}
