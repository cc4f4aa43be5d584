//! Folders that are replaced as a whole, and a list of those that are ours.
//!
//! ```text
//! index.csv, index.json        all campaigns
//! spring-sale/                 the tables of one
//! .mailpixel-export.json       the folders that exports made: no other is ever replaced or removed
//! .mailpixel-export/           what is being written, or is about to be removed
//! .mailpixel-export.lock       held while an export writes
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ExportError;
use super::tables::{Files, Tables, folder};
use crate::analysis::group_key::Label;
use crate::store::StoreError;
use crate::store::disk::Disk;
use crate::store::lock::{self, Lock, Patience, Sharing};

const LIST: &str = ".mailpixel-export.json";
const STAGING: &str = ".mailpixel-export";
const LOCK: &str = ".mailpixel-export.lock";

/// The version of the list's format.
const VERSION: u32 = 1;

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct List {
    version: u32,
    folders: BTreeSet<String>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Campaigns that were written.
    pub written: usize,
    /// Campaigns in which nothing changed.
    pub unchanged: usize,
    /// Folders of campaigns that are gone.
    pub removed: usize,
}

/// What becomes of the folders of campaigns that are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// They are removed.
    Remove,
    /// They stay: perhaps not all was read.
    Keep,
}

/// A folder that is exported to.
pub struct Target<'a> {
    disk: &'a dyn Disk,
    out: PathBuf,
    owned: BTreeSet<String>,
    _lock: Lock,
}

impl<'a> Target<'a> {
    /// Makes the folder where it is not there, takes it for itself, and clears what a run left that was killed.
    pub fn open(disk: &'a dyn Disk, out: &Path) -> Result<Self, ExportError> {
        disk.create_dir(out).map_err(|error| ExportError::io(out, error))?;
        let lock = lock::take(&out.join(LOCK), Sharing::Exclusive, Patience::Refuse).map_err(|error| match error {
            StoreError::Busy => ExportError::Busy(out.display().to_string()),
            other => ExportError::Lock(other),
        })?;
        let mut target = Self { disk, out: out.to_owned(), owned: BTreeSet::new(), _lock: lock };
        target.owned = target.read_list()?;
        target.remove(STAGING)?;
        Ok(target)
    }

    fn read_list(&self) -> Result<BTreeSet<String>, ExportError> {
        let path = self.out.join(LIST);
        let broken = |what: String| ExportError::io(&path, io::Error::new(io::ErrorKind::InvalidData, what));
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let index = ["index.csv", "index.json"].map(|name| self.out.join(name));
                let foreign = index.iter().find(|path| path.symlink_metadata().is_ok());
                return foreign
                    .map_or(Ok(BTreeSet::new()), |path| Err(ExportError::Foreign(path.display().to_string())));
            }
            Err(error) => return Err(ExportError::io(&path, error)),
        };
        let list: List = serde_json::from_slice(&bytes).map_err(|error| broken(error.to_string()))?;
        if list.version > VERSION {
            return Err(broken(format!("version {} is of a newer mailpixel", list.version)));
        }
        let is_name = |name: &String| !name.starts_with('.') && !name.contains('/') && !name.is_empty();
        if list.folders.iter().all(is_name) { Ok(list.folders) } else { Err(broken("no export wrote this".to_owned())) }
    }

    /// Writes the chosen campaigns and the index of all.
    pub fn write(
        mut self,
        tables: &Tables<'_>,
        is_chosen: impl Fn(&Label) -> bool,
        gone: Gone,
    ) -> Result<Written, ExportError> {
        let all: BTreeSet<String> = tables.campaigns().into_iter().map(folder).collect();
        let chosen: Vec<&Label> = tables.campaigns().into_iter().filter(|label| is_chosen(label)).collect();
        let new: BTreeSet<String> = chosen.iter().map(|label| folder(label)).collect();
        for name in new.difference(&self.owned) {
            let path = self.out.join(name);
            if path.symlink_metadata().is_ok() {
                return Err(ExportError::Foreign(path.display().to_string()));
            }
        }
        // They are ours before they are there: whoever comes after a kill may replace them.
        self.own(self.owned.union(&new).cloned().collect())?;
        let mut done = Written::default();
        for label in chosen {
            if self.replace(&folder(label), &tables.files(label)?)? {
                done.written += 1;
            } else {
                done.unchanged += 1;
            }
        }
        let is_there = |name: &&String| self.out.join(name).is_dir();
        let there: BTreeSet<String> = self.owned.iter().filter(is_there).cloned().collect();
        for (name, bytes) in tables.index(&there)? {
            self.replace_file(&name, &bytes)?;
        }
        if gone == Gone::Remove {
            for name in there.difference(&all) {
                self.remove(name)?;
                done.removed += 1;
            }
            self.own(there.intersection(&all).cloned().collect())?;
        }
        self.remove(STAGING)?;
        Ok(done)
    }

    fn own(&mut self, folders: BTreeSet<String>) -> Result<(), ExportError> {
        let list = List { version: VERSION, folders };
        let mut bytes = serde_json::to_vec_pretty(&list).expect("the list has only texts");
        bytes.push(b'\n');
        self.replace_file(LIST, &bytes)?;
        self.owned = list.folders;
        Ok(())
    }

    /// Whether the folder had to be written.
    fn replace(&self, name: &str, files: &Files) -> Result<bool, ExportError> {
        let old = self.out.join(name);
        let old_files = read_folder(&old)?;
        if old_files.as_ref() == Some(files) {
            return Ok(false);
        }
        let new = self.out.join(STAGING).join(name);
        let failed = |error| ExportError::io(&new, error);
        self.disk.remove(&new).map_err(failed)?;
        self.disk.create_dir(&new).map_err(failed)?;
        for (file, bytes) in files {
            let is_same = old_files.as_ref().is_some_and(|old| old.get(file) == Some(bytes));
            // A file that stays the same keeps its time.
            if !(is_same && self.disk.hard_link(&old.join(file), &new.join(file)).is_ok()) {
                self.write_file(&new.join(file), bytes)?;
            }
        }
        self.disk.sync_dir(&new).map_err(failed)?;
        match old_files {
            None => self.disk.rename(&new, &old).map_err(failed)?,
            Some(_) => self.exchange(&new, &old)?,
        }
        self.disk.sync_dir(&self.out).map_err(|error| ExportError::io(&self.out, error))?;
        self.disk.remove(&new).map_err(failed)?;
        Ok(true)
    }

    fn exchange(&self, new: &Path, old: &Path) -> Result<(), ExportError> {
        let failed = |error| ExportError::io(old, error);
        if self.disk.exchange(new, old).is_ok() {
            return Ok(());
        }
        // A file system that can't exchange folders: for a moment there is none.
        let aside = new.with_extension("old");
        self.disk.rename(old, &aside).map_err(failed)?;
        self.disk.rename(new, old).map_err(failed)?;
        self.disk.remove(&aside).map_err(failed)
    }

    /// Replaces a file of the export's own folder, where it changed.
    fn replace_file(&self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.out.join(name);
        if fs::read(&path).is_ok_and(|old| old == bytes) {
            return Ok(());
        }
        let staging = self.out.join(STAGING);
        self.disk.create_dir(&staging).map_err(|error| ExportError::io(&staging, error))?;
        let new = staging.join(name);
        self.write_file(&new, bytes)?;
        self.disk.rename(&new, &path).map_err(|error| ExportError::io(&path, error))?;
        self.disk.sync_dir(&self.out).map_err(|error| ExportError::io(&self.out, error))
    }

    fn write_file(&self, path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
        let written = self.disk.write(path, bytes).and_then(|()| self.disk.sync_file(path));
        written.map_err(|error| ExportError::io(path, error))
    }

    /// Removes a folder in one step.
    fn remove(&self, name: &str) -> Result<(), ExportError> {
        let path = self.out.join(name);
        let failed = |error| ExportError::io(&path, error);
        if name == STAGING {
            return self.disk.remove(&path).map_err(failed);
        }
        let staging = self.out.join(STAGING);
        self.disk.create_dir(&staging).map_err(failed)?;
        self.disk.rename(&path, &staging.join(name)).map_err(failed)
    }
}

/// The files of a folder; `None` where there is no folder.
fn read_folder(path: &Path) -> Result<Option<Files>, ExportError> {
    let failed = |error| ExportError::io(path, error);
    let listing = match fs::read_dir(path) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut files = Files::new();
    for entry in listing {
        let entry = entry.map_err(failed)?;
        // What can't be read is no file of ours, and makes the folder another one.
        let bytes = fs::read(entry.path()).unwrap_or_default();
        files.insert(entry.file_name().to_string_lossy().into_owned(), bytes);
    }
    Ok(Some(files))
}
