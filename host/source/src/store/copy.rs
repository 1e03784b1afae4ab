//! Bytes from file to file: shared by the file system where it can (a reflink), else copied by the kernel, and holes
//! stay holes: a sparse file costs neither its apparent size on disk nor the time to write it.

use rustix::{
    fs::{SeekFrom, copy_file_range, ioctl_ficlone, seek},
    io::Errno,
};
use std::{
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::FileExt,
};

/// A stretch of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Reads as zeros and takes no space.
    Hole(u64, u64),
    /// From, to.
    Data(u64, u64),
}

/// The stretch of a file of `size` bytes that begins at `from`. A file system without holes is all data.
pub(super) fn extent(file: &File, from: u64, size: u64) -> Extent {
    match seek(file, SeekFrom::Data(from)) {
        Ok(data) if data > from => Extent::Hole(from, data.min(size)),
        Ok(_) => match seek(file, SeekFrom::Hole(from)) {
            Ok(hole) if hole > from => Extent::Data(from, hole.min(size)),
            _ => Extent::Data(from, size),
        },
        Err(Errno::NXIO) => Extent::Hole(from, size),
        Err(_) => Extent::Data(from, size),
    }
}

/// Makes `to` share the blocks of `from`. False: the file system cannot.
pub(super) fn share(from: &File, to: &File) -> bool {
    ioctl_ficlone(to, from).is_ok()
}

/// Copies `size` bytes into the empty file `to`. Fewer in `from` is an error.
pub(super) fn copy(from: &File, to: &File, size: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    if size <= buffer.capacity() as u64 {
        buffer.clear();
        from.take(size).read_to_end(buffer)?;
        if buffer.len() as u64 != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut to = to;
        return to.write_all(buffer);
    }
    to.set_len(size)?;
    let mut at = 0;
    while at < size {
        at = match extent(from, at, size) {
            Extent::Hole(_, end) => end,
            Extent::Data(start, end) => copy_range(from, to, start, end, buffer).map(|()| end)?,
        };
    }
    Ok(())
}

fn copy_range(from: &File, to: &File, start: u64, end: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    let mut at = start;
    while at < end {
        let (mut source, mut target) = (at, at);
        let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(1 << 30);
        match copy_file_range(from, Some(&mut source), to, Some(&mut target), wanted) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(copied) => at += copied as u64,
            Err(Errno::INTR) => {}
            Err(Errno::XDEV | Errno::NOSYS | Errno::INVAL | Errno::OPNOTSUPP | Errno::PERM) => {
                return copy_by_hand(from, to, at, end, buffer);
            }
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}

fn copy_by_hand(from: &File, to: &File, start: u64, end: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    let mut at = start;
    while at < end {
        let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(buffer.capacity().max(4096));
        buffer.resize(wanted, 0);
        let read = from.read_at(buffer, at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        to.write_all_at(&buffer[..read], at)?;
        at += read as u64;
    }
    Ok(())
}
