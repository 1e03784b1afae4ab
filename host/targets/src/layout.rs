//! Where things lie in the state directory.
//!
//! Taking something away is one rename to a name that nothing looks for, then the deletion, which may take long and
//! may be cut short: [`Layout::sweep_trash`] ends it at the next open.

use model::{DeploymentId, InstanceName};
use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

const TRASH: &str = ".trash-";

/// The state directory's rooms that belong to the target.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Creates the rooms; only the owner may enter them. The path becomes absolute.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        private_dir(root)?;
        let layout = Self { root: root.canonicalize()? };
        for room in [layout.builds(), layout.instances(), layout.cache()] {
            private_dir(&room)?;
        }
        Ok(layout)
    }
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
    pub(crate) fn builds(&self) -> PathBuf {
        self.root.join("builds")
    }
    pub(crate) fn instances(&self) -> PathBuf {
        self.root.join("instances")
    }
    pub(crate) fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }
    pub(crate) fn build(&self, deployment: &DeploymentId) -> Build {
        Build { dir: self.builds().join(deployment.as_str()) }
    }
    pub(crate) fn instance(&self, name: &InstanceName) -> Instance {
        Instance { dir: self.instances().join(name.as_str()) }
    }

    /// Takes a file or a folder of ours away, whatever its permissions. Nothing there is fine.
    pub(crate) fn discard(&self, path: &Path) -> io::Result<()> {
        let Some(trash) = self.set_aside(path)? else { return Ok(()) };
        // The sweep of an open that has just been may delete it too.
        delete(&trash).or_else(|e| if trash.exists() { Err(e) } else { Ok(()) })
    }

    /// The same without waiting for the deletion: a workspace can hold a hundred thousand files. The path is free
    /// when this returns.
    pub(crate) fn discard_later(&self, path: &Path) -> io::Result<()> {
        if let Some(trash) = self.set_aside(path)? {
            std::thread::spawn(move || delete(&trash));
        }
        Ok(())
    }

    /// Gives something in one of our rooms a name, in the room itself, that nothing looks for. `None`: there is nothing.
    fn set_aside(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let room = if path.starts_with(self.builds()) { self.builds() } else { self.instances() };
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let nth = NEXT.fetch_add(1, Ordering::Relaxed);
        let trash = room.join(format!("{TRASH}{}-{nth}-{name}", std::process::id()));
        match fs::rename(path, &trash) {
            Ok(()) => Ok(Some(trash)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Ends deletions that were cut short.
    pub(crate) fn sweep_trash(&self) {
        for room in [self.builds(), self.instances()] {
            for entry in fs::read_dir(room).into_iter().flatten().flatten() {
                if entry.file_name().to_string_lossy().starts_with(TRASH) {
                    // What cannot be deleted now is tried again at the next open.
                    let _ = delete(&entry.path());
                }
            }
        }
    }
}

/// `builds/<deployment>/`
#[derive(Debug, Clone)]
pub(crate) struct Build {
    pub(crate) dir: PathBuf,
}

impl Build {
    /// The materialised source, built in place.
    pub(crate) fn app(&self) -> PathBuf {
        self.dir.join("app")
    }
    /// Written last: with it, the artifact is finished.
    pub(crate) fn seal(&self) -> PathBuf {
        self.dir.join("artifact.json")
    }
    pub(crate) fn log(&self) -> PathBuf {
        self.dir.join("build.log")
    }
}

/// `instances/<name>/`
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) dir: PathBuf,
}

impl Instance {
    pub(crate) fn spec(&self) -> PathBuf {
        self.dir.join("spec.json")
    }
    pub(crate) fn state(&self) -> PathBuf {
        self.dir.join("state.json")
    }
    /// Locked by the supervisor for its whole life.
    pub(crate) fn lock(&self) -> PathBuf {
        self.dir.join("lock")
    }
    /// Its existence says that an end is answered with a restart.
    pub(crate) fn armed(&self) -> PathBuf {
        self.dir.join("armed")
    }
    /// The grace in milliseconds of the stop that SIGTERM asks for.
    pub(crate) fn stop(&self) -> PathBuf {
        self.dir.join("stop")
    }
    pub(crate) fn logs(&self) -> PathBuf {
        self.dir.join("log")
    }
    /// What the supervisor itself says when something is wrong with it.
    pub(crate) fn supervisor_log(&self) -> PathBuf {
        self.dir.join("supervisor.log")
    }
    /// The app's HOME.
    pub(crate) fn home(&self) -> PathBuf {
        self.dir.join("home")
    }
}

/// A directory that only its owner may enter, with its parents.
pub(crate) fn private_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Deletes a tree, also one with directories that their owner may not write (a module cache of Go).
fn delete(path: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.is_dir() {
        return fs::remove_file(path);
    }
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied => {
            let mut open = vec![path.to_owned()];
            while let Some(dir) = open.pop() {
                fs::set_permissions(&dir, fs::Permissions::from_mode(0o700))?;
                for entry in fs::read_dir(&dir)? {
                    let entry = entry?;
                    if entry.file_type()?.is_dir() {
                        open.push(entry.path());
                    }
                }
            }
            fs::remove_dir_all(path)
        }
        other => other,
    }
}
