//! The two things a plugin can do outside itself, as traits: so that its logic runs natively in a test as well.

use crate::{Entry, Level, ReadFault};

/// The read-only tree below the base directory. Paths are relative, with `/` between parts.
pub trait Source {
    /// At most `max` bytes from the beginning of a file.
    fn read(&self, path: &str, max: u32) -> Result<Vec<u8>, ReadFault>;
    /// A whole file as UTF-8, without a byte order mark.
    fn read_text(&self, path: &str, max: u32) -> Result<String, ReadFault>;
    /// What is at a path, if anything.
    fn stat(&self, path: &str) -> Option<Entry>;
    /// One directory, sorted by name; the empty path is the base directory.
    fn entries(&self, dir: &str) -> Result<Vec<Entry>, ReadFault>;
    /// Files that match a glob, sorted by path.
    fn find(&self, glob: &str, limit: u32) -> Result<Vec<String>, ReadFault>;
}

/// Where a plugin says what it saw.
pub trait Log {
    /// One line.
    fn write(&self, level: Level, message: &str);
}

/// The host's tree and log.
pub(crate) struct Host;

impl Source for Host {
    fn read(&self, path: &str, max: u32) -> Result<Vec<u8>, ReadFault> {
        world_app::shipway::plugin::source::read(path, max)
    }
    fn read_text(&self, path: &str, max: u32) -> Result<String, ReadFault> {
        world_app::shipway::plugin::source::read_text(path, max)
    }
    fn stat(&self, path: &str) -> Option<Entry> {
        world_app::shipway::plugin::source::stat(path).entry
    }
    fn entries(&self, dir: &str) -> Result<Vec<Entry>, ReadFault> {
        world_app::shipway::plugin::source::entries(dir)
    }
    fn find(&self, glob: &str, limit: u32) -> Result<Vec<String>, ReadFault> {
        world_app::shipway::plugin::source::find(glob, limit)
    }
}

impl Log for Host {
    fn write(&self, level: Level, message: &str) {
        world_app::shipway::plugin::log::write(level, message);
    }
}
