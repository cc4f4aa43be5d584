//! A disk that fails at a chosen change: the process dies, the power goes, or there is no space left.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use mailpixel::store::disk::{Disk, RealDisk};

/// What happens at the chosen change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Every change from this one on fails: the process is dead.
    Kill,
    /// As `Kill`; and what was not synced is gone.
    Power,
    /// This change fails for lack of space, the later ones do not.
    NoSpace,
}

/// The disk. Syncs are noted and not done: the tests' own machine does not lose its power.
pub(crate) struct FaultyDisk {
    fault: Fault,
    state: Mutex<State>,
}

struct State {
    /// Changes until the fault.
    left: u64,
    is_dead: bool,
    /// Files whose bytes are not synced.
    unsynced_files: Vec<PathBuf>,
    /// Renames whose folder is not synced: from, to, and what `to` held before.
    unsynced_renames: Vec<(PathBuf, PathBuf, Option<Vec<u8>>)>,
    /// Exchanges whose folder is not synced.
    unsynced_exchanges: Vec<(PathBuf, PathBuf)>,
}

impl FaultyDisk {
    pub(crate) fn new(fault: Fault, after: u64) -> Self {
        Self {
            fault,
            state: Mutex::new(State {
                left: after,
                is_dead: false,
                unsynced_files: Vec::new(),
                unsynced_renames: Vec::new(),
                unsynced_exchanges: Vec::new(),
            }),
        }
    }

    /// One change: whether it may happen.
    fn step(&self) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        if state.is_dead {
            return Err(io::Error::other("dead"));
        }
        if self.fault == Fault::None {
            return Ok(());
        }
        let is_now = state.left == 0;
        state.left = state.left.wrapping_sub(1);
        if !is_now {
            return Ok(());
        }
        match self.fault {
            Fault::NoSpace => Err(io::Error::new(io::ErrorKind::StorageFull, "no space left on device")),
            _ => {
                state.is_dead = true;
                Err(io::Error::other("dead"))
            }
        }
    }

    /// What a power cut leaves: unsynced bytes are gone, unsynced renames may be.
    pub(crate) fn cut_power(&self, mut coin: impl FnMut() -> bool) {
        if self.fault != Fault::Power {
            return;
        }
        let mut state = self.state.lock().unwrap();
        for (one, other) in std::mem::take(&mut state.unsynced_exchanges).into_iter().rev() {
            if coin() {
                let _ = RealDisk.exchange(&one, &other);
            }
        }
        for (from, to, before) in std::mem::take(&mut state.unsynced_renames).into_iter().rev() {
            if coin() && to.exists() && !from.exists() {
                let _ = std::fs::rename(&to, &from);
                if let Some(before) = before {
                    let _ = std::fs::write(&to, before);
                }
            }
        }
        for path in std::mem::take(&mut state.unsynced_files) {
            if path.exists() {
                let _ = std::fs::write(&path, b"");
            }
        }
    }
}

impl Disk for FaultyDisk {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.create_dir(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.step() {
            // Half of it may be there.
            let _ = std::fs::write(path, &bytes[..bytes.len() / 2]);
            self.state.lock().unwrap().unsynced_files.push(path.to_owned());
            return Err(error);
        }
        self.state.lock().unwrap().unsynced_files.push(path.to_owned());
        RealDisk.write(path, bytes)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        self.state.lock().unwrap().unsynced_files.retain(|unsynced| unsynced != path);
        Ok(())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        let mut state = self.state.lock().unwrap();
        state.unsynced_renames.retain(|(_, to, _)| to.parent() != Some(path));
        state.unsynced_exchanges.retain(|(_, to)| to.parent() != Some(path));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        let before = if to.is_file() { std::fs::read(to).ok() } else { None };
        RealDisk.rename(from, to)?;
        let mut state = self.state.lock().unwrap();
        for unsynced in &mut state.unsynced_files {
            if unsynced == from {
                to.clone_into(unsynced);
            }
        }
        state.unsynced_renames.push((from.to_owned(), to.to_owned(), before));
        Ok(())
    }

    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.exchange(one, other)?;
        self.state.lock().unwrap().unsynced_exchanges.push((one.to_owned(), other.to_owned()));
        Ok(())
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.hard_link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.remove(path)
    }
}
