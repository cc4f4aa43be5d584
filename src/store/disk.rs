//! Every change that the store makes on disk goes through here, so that tests can make any of them fail.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// The ways to change the disk. Each call is a point at which a machine can die or a disk be full.
pub trait Disk: Sync {
    /// Creates a folder and those above it.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Writes a new file, or replaces the bytes of an old one.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Waits until a file's bytes are on disk.
    fn sync_file(&self, path: &Path) -> io::Result<()>;
    /// Waits until a folder's entries are on disk.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Gives a file or folder another name, in one step; a file of that name is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Exchanges two folders in one step.
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()>;
    /// Gives a file one more name.
    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file or a folder with all that is in it; what is not there is no error.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        File::create(path)?.write_all(bytes)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
    }
}

/// A disk on which the process dies, as by `kill -9`, right before the n-th change.
#[cfg(feature = "failpoints")]
#[derive(Debug)]
pub struct DyingDisk {
    left: std::sync::atomic::AtomicI64,
}

#[cfg(feature = "failpoints")]
impl DyingDisk {
    /// Dies before change number `n`, counted from 0.
    pub fn new(n: i64) -> Self {
        Self { left: n.into() }
    }

    fn point(&self) {
        if self.left.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            let me = rustix::process::getpid();
            let _ = rustix::process::kill_process(me, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(feature = "failpoints")]
impl Disk for DyingDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.point();
        RealDisk.create_dir(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.point();
        // A process that dies while it writes leaves half a file.
        RealDisk.write(path, &bytes[..bytes.len() / 2])?;
        self.point();
        RealDisk.write(path, bytes)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.point();
        RealDisk.sync_file(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.point();
        RealDisk.sync_dir(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.point();
        RealDisk.rename(from, to)
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        self.point();
        RealDisk.exchange(one, other)
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.point();
        RealDisk.hard_link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.point();
        RealDisk.remove(path)
    }
}
