//! What the kernel allows: its version, control groups that we may write, Landlock.

use super::Fact;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) fn facts() -> Vec<Fact> {
    vec![version(), cgroup(), landlock()]
}

fn version() -> Fact {
    let uname = rustix::system::uname();
    let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
    Fact::good("kernel", format!("{} {} on {}", text(uname.sysname()), text(uname.release()), text(uname.machine())))
}

/// Version 2 and writable means that apps can be given limits of memory and processor.
fn cgroup() -> Fact {
    const NAME: &str = "cgroup";
    let root = Path::new("/sys/fs/cgroup");
    let Ok(controllers) = fs::read_to_string(root.join("cgroup.controllers")) else {
        return Fact::note(NAME, "version 2 is not mounted", "apps run without limits of their own");
    };
    let own = own_group(root);
    let writable = own.as_ref().is_some_and(|dir| rustix::fs::access(dir, rustix::fs::Access::WRITE_OK).is_ok());
    let observed = format!("version 2: {}", controllers.trim());
    if writable {
        Fact::good(NAME, format!("{observed}; writable"))
    } else {
        Fact::note(NAME, format!("{observed}; not writable"), "apps run without limits of their own")
    }
}

fn own_group(root: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(root.join(path))
}

fn landlock() -> Fact {
    const NAME: &str = "landlock";
    match landlock_abi() {
        Ok(abi) => Fact::good(NAME, format!("available, ABI {abi}")),
        Err(why) => {
            let modules = fs::read_to_string("/sys/kernel/security/lsm").ok();
            let modules = modules.map(|list| format!("; security modules: {}", list.trim())).unwrap_or_default();
            Fact::note(NAME, format!("not available: {why}{modules}"), "apps are not confined to their own files")
        }
    }
}

/// The version of Landlock that the kernel has, as landlock_create_ruleset(2) says to ask for it.
fn landlock_abi() -> Result<i64, std::io::Error> {
    const LANDLOCK_CREATE_RULESET_VERSION: u32 = 1;
    // SAFETY: with a null attribute of size zero and this flag the call reads and writes no memory of ours and makes
    // no file descriptor: it only returns a number.
    #[allow(unsafe_code)]
    let answer = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<libc::c_void>(),
            0_usize,
            LANDLOCK_CREATE_RULESET_VERSION,
        )
    };
    if answer < 0 { Err(std::io::Error::last_os_error()) } else { Ok(answer) }
}
