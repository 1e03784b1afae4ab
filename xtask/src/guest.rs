//! Which compiler makes the plugins.
//!
//! In this order: a compiler that has the WebAssembly library; rustup, if it can fetch that library; a compiler with
//! its library's source, which then builds it (`-Zbuild-std`: the source must be that compiler's own, any other fails);
//! Debian's packages, installed when we may. `docs/building.md` says the same for a person.

use crate::{paths, process, setup};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const TRIPLE: &str = "wasm32-unknown-unknown";

/// A compiler that can make plugins.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    rustc: PathBuf,
    /// Build the library from source, with this linker.
    build_std: Option<String>,
}

impl Guest {
    /// The first that will do; installs one when there is none and we may.
    pub(crate) fn find() -> Result<Self> {
        if let Some(guest) = Self::present() {
            return Ok(guest);
        }
        let rustup = process::on_path("rustup");
        if rustup && !force_build_std() {
            eprintln!("xtask: rustup target add {TRIPLE}");
            if process::succeeds(Command::new("rustup").args(["target", "add", TRIPLE]))
                && let Some(guest) = Self::present()
            {
                return Ok(guest);
            }
        }
        setup::install("the plugins' compiler", &["rustc-web", "cargo-web", "rust-web-src", "lld"], || {
            let rustup = if rustup { "" } else { "rustup and " };
            format!("{rustup}rustup target add {TRIPLE}")
        })?;
        match Self::present() {
            Some(guest) => Ok(guest),
            None => bail!("rustc-web is installed and still no compiler has {TRIPLE} or its library's source"),
        }
    }

    fn present() -> Option<Self> {
        let compilers = compilers();
        let ready = compilers.iter().find(|c| !force_build_std() && has_library(c));
        if let Some(rustc) = ready {
            return Some(Self { rustc: rustc.clone(), build_std: None });
        }
        compilers.into_iter().find_map(|rustc| {
            let source = sysroot(&rustc)?.join("lib/rustlib/src/rust/library/Cargo.lock");
            let linker = source.is_file().then(|| linker(&rustc)).flatten()?;
            Some(Self { rustc, build_std: Some(linker) })
        })
    }

    /// What the output depends on, for the digest: the compiler and how it is used.
    pub(crate) fn identity(&self) -> String {
        let version = process::answer(Command::new(&self.rustc).arg("-vV")).unwrap_or_default();
        format!("{version}\nbuild-std: {}", self.build_std.is_some())
    }

    /// One line for a person.
    pub(crate) fn describe(&self) -> String {
        let version = process::answer(Command::new(&self.rustc).arg("--version")).unwrap_or_default();
        if self.build_std.is_some() { format!("{version}, library from source") } else { version }
    }

    /// `cargo build` for the plugins workspace, for WebAssembly.
    pub(crate) fn cargo_build(&self) -> Command {
        let mut command = process::cargo();
        command.arg("build").args(["--release", "--target", TRIPLE]);
        command.arg("--manifest-path").arg(paths::root().join("plugins/Cargo.toml"));
        command.arg("--target-dir").arg(paths::guest_target());
        command.env("RUSTC", &self.rustc).env("CARGO_ENCODED_RUSTFLAGS", self.flags().join("\x1f"));
        for name in ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
            command.env_remove(name);
        }
        if let Some(linker) = &self.build_std {
            command.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1");
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        command
    }

    /// Paths of this machine out of the panic messages: the same component from every clone.
    fn flags(&self) -> Vec<String> {
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let cargo_home = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
        let mut flags = vec![
            format!("--remap-path-prefix={}=/shipway", paths::root().display()),
            format!("--remap-path-prefix={}=/cargo", cargo_home.display()),
        ];
        // The name of a registry's folder says which mirror this machine uses. The last prefix that matches counts.
        for registry in std::fs::read_dir(cargo_home.join("registry/src")).into_iter().flatten().flatten() {
            flags.push(format!("--remap-path-prefix={}=/crates", registry.path().display()));
        }
        if let Some(sysroot) = sysroot(&self.rustc) {
            flags.push(format!("--remap-path-prefix={}=/rust", sysroot.join("lib/rustlib/src/rust").display()));
        }
        flags
    }
}

/// For the tests of this very decision, and for whoever doubts it.
fn force_build_std() -> bool {
    std::env::var_os("SHIPWAY_GUEST").is_some_and(|v| v == "build-std")
}

/// The compiler that cargo would use, and Debian's, which may stand beside rustup's.
fn compilers() -> Vec<PathBuf> {
    let cargos = std::env::var_os("RUSTC").map(PathBuf::from);
    let rustups = process::answer(Command::new("rustup").args(["which", "rustc"])).map(PathBuf::from);
    let found = [cargos, rustups, Some("rustc".into()), Some("/usr/bin/rustc".into())];
    let mut compilers: Vec<PathBuf> = vec![];
    for rustc in found.into_iter().flatten() {
        if !compilers.contains(&rustc) && process::succeeds(Command::new(&rustc).arg("--version")) {
            compilers.push(rustc);
        }
    }
    compilers
}

fn has_library(rustc: &Path) -> bool {
    let answer = process::answer(Command::new(rustc).args(["--print", "target-libdir", "--target", TRIPLE]));
    answer.and_then(|dir| std::fs::read_dir(dir).ok()).is_some_and(|dir| {
        dir.flatten().any(|e| {
            let name = e.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}

fn sysroot(rustc: &Path) -> Option<PathBuf> {
    process::answer(Command::new(rustc).args(["--print", "sysroot"])).map(PathBuf::from)
}

/// The compiler's own linker for WebAssembly, else LLVM's.
fn linker(rustc: &Path) -> Option<String> {
    let own = sysroot(rustc).map(|root| root.join("lib/rustlib"));
    let own = own.into_iter().flat_map(|dir| std::fs::read_dir(dir).into_iter().flatten().flatten());
    if let Some(found) = own.map(|e| e.path().join("bin/rust-lld")).find(|p| p.is_file()) {
        return Some(found.to_string_lossy().into_owned());
    }
    ["lld", "wasm-ld", "lld-19"].into_iter().find(|l| process::on_path(l)).map(str::to_owned)
}
