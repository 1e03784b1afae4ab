//! The imports of this version, on the call's session: conversion only. An error of type `Breach` ends the call; every
//! other answer is the plugin's to handle. Nothing here panics: a panic would unwind through the engine.

use super::bindings::shipway::plugin::{log, probe, source, types};
use super::outward;
use crate::call::{Refusal, Session};
use model::Endpoint;
use std::time::Duration;

impl types::Host for Session {}

impl From<Refusal> for source::Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => source::Fault::NotFound,
            Refusal::NotAFile => source::Fault::NotAFile,
            Refusal::NotADirectory => source::Fault::NotADirectory,
            Refusal::TooLarge => source::Fault::TooLarge,
            Refusal::NotText => source::Fault::NotText,
            Refusal::BadPath => source::Fault::BadPath,
            Refusal::OverBudget => source::Fault::OverBudget,
        }
    }
}

impl source::Host for Session {
    fn read(&mut self, path: String, max: u32) -> wasmtime::Result<Result<Vec<u8>, source::Fault>> {
        Ok(Session::read(self, &path, max)?.map_err(Into::into))
    }

    fn read_text(&mut self, path: String, max: u32) -> wasmtime::Result<Result<String, source::Fault>> {
        Ok(Session::read_text(self, &path, max)?.map_err(Into::into))
    }

    fn stat(&mut self, path: String) -> wasmtime::Result<source::StatAnswer> {
        let entry = Session::stat(self, &path)?.map(outward::entry);
        Ok(source::StatAnswer { exists: entry.is_some(), entry })
    }

    fn entries(&mut self, dir: String) -> wasmtime::Result<Result<Vec<types::Entry>, source::Fault>> {
        let entries = Session::entries(self, &dir)?;
        Ok(entries.map(|list| list.into_iter().map(outward::entry).collect()).map_err(Into::into))
    }

    fn find(&mut self, glob: String, limit: u32) -> wasmtime::Result<Result<Vec<String>, source::Fault>> {
        Ok(Session::find(self, &glob, limit)?.map_err(Into::into))
    }
}

impl log::Host for Session {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => "debug",
            log::Level::Info => "info",
            log::Level::Warn => "warn",
        };
        self.log(level, &message);
        Ok(())
    }
}

fn endpoint(endpoint: types::Endpoint) -> Endpoint {
    match endpoint {
        types::Endpoint::Instance => Endpoint::Instance,
        types::Endpoint::Route => Endpoint::Route,
        types::Endpoint::AccessUrl => Endpoint::AccessUrl,
    }
}

impl probe::Host for Session {
    fn http(
        &mut self,
        request: types::HttpRequest,
    ) -> wasmtime::Result<Result<types::HttpResponse, types::ProbeError>> {
        let timeout = Duration::from_millis(u64::from(request.timeout_ms));
        let answer = Session::http(self, endpoint(request.endpoint), &request.method, &request.path, timeout)?;
        Ok(answer.map(outward::http_answer).map_err(outward::probe_error))
    }

    fn tcp(&mut self, to: types::Endpoint) -> wasmtime::Result<Result<(), types::ProbeError>> {
        Ok(Session::tcp(self, endpoint(to))?.map_err(outward::probe_error))
    }

    fn process(&mut self) -> wasmtime::Result<types::ProcessState> {
        Ok(outward::process(Session::process(self)?))
    }

    fn recent_logs(&mut self, lines: u32) -> wasmtime::Result<Vec<String>> {
        Ok(Session::recent_logs(self, lines)?)
    }
}
