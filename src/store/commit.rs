//! Stage, commit, publish: the order that survives a kill, a power cut and a full disk at any step.
//!
//! New files are written to `staging/` and synced. Then the ledger, with their list, replaces the old one in one step:
//! this is the commit. Only then are they moved into `events/`. A run that dies before the commit has done nothing; one
//! that dies after it is finished by the next.

use std::path::Path;
use std::sync::mpsc;

use super::disk::Disk;
use super::ledger::{EventFile, Ledger, Step};
use super::lock::{self, Lock, Patience, Sharing};
use super::settings::Settings;
use super::{Layout, StoreError, entries};

/// The right to change a store: its lock, its settings and its ledger.
pub struct Writer<'d> {
    layout: Layout,
    disk: &'d dyn Disk,
    /// What the store is told once.
    pub settings: Settings,
    /// The ledger as it will be written by the next commit.
    pub ledger: Ledger,
    _lock: Lock,
}

/// A file that goes into `events/`.
#[derive(Clone, Debug)]
pub struct Staged {
    /// `date=2026-11-23`
    pub date: String,
    /// Its name there.
    pub name: String,
    /// Its events.
    pub rows: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A file that was staged.
#[derive(Clone, Debug)]
pub struct NewFile {
    date: String,
    name: String,
    entry: EventFile,
}

impl<'d> Writer<'d> {
    /// Takes the store's lock, makes the store where there is none, and finishes what a run before left undone.
    pub fn open(
        layout: &Layout,
        disk: &'d dyn Disk,
        patience: Patience,
        new_network_key: [u8; 16],
    ) -> Result<Self, StoreError> {
        let created = |path: &Path| disk.create_dir(path).map_err(|error| StoreError::io(path, error));
        created(layout.root())?;
        let lock = lock::take(&layout.writer_lock(), Sharing::Exclusive, patience)?;
        created(&layout.events())?;
        created(&layout.staging())?;
        let settings = match Settings::read(layout)? {
            Some(settings) => settings,
            None if !layout.event_files()?.is_empty() => {
                return Err(StoreError::SettingsMissing(layout.root().display().to_string()));
            }
            None => {
                let settings = Settings::new(new_network_key);
                settings.write(layout, disk)?;
                settings
            }
        };
        let ledger = match Ledger::read(&layout.ledger())? {
            Some(ledger) => ledger,
            None if layout.event_files()?.is_empty() => Ledger::default(),
            None => return Err(StoreError::LedgerMissing(layout.root().display().to_string())),
        };
        let mut writer = Self { layout: layout.clone(), disk, settings, ledger, _lock: lock };
        writer.recover()?;
        Ok(writer)
    }

    /// The parts of the store.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The disk.
    pub fn disk(&self) -> &'d dyn Disk {
        self.disk
    }

    /// Finishes a publishing that was cut off, and clears away what was never committed.
    fn recover(&mut self) -> Result<(), StoreError> {
        if !self.ledger.pending.is_empty() {
            self.publish()?;
            self.write_ledger()?;
        }
        for name in entries(&self.layout.staging())? {
            self.remove(&self.layout.staging().join(name))?;
        }
        super::sends::remove_replaced(self)
    }

    /// Clears away what was staged and not committed, as far as that works.
    pub fn clear_staging(&self) {
        for name in entries(&self.layout.staging()).unwrap_or_default() {
            // What stays is cleared away by the next run.
            let _ = self.disk.remove(&self.layout.staging().join(name));
        }
    }

    /// Writes new files beside `events/`, safely, where a commit can take them from. `make` hands them over one by one;
    /// while they are written, on a thread of their own, it makes the next ones. Gives what `make` gives, and what was
    /// written.
    pub fn stage<T>(
        &self,
        make: impl FnOnce(&mut dyn FnMut(Staged)) -> Result<T, StoreError>,
    ) -> Result<(T, Vec<NewFile>), StoreError> {
        let (made, files) = std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel(1);
            let write = move || receiver.into_iter().map(|file| self.stage_file(&file)).collect();
            let written = scope.spawn::<_, Result<Vec<NewFile>, StoreError>>(write);
            // Where the writer gave up, its error is the answer.
            let made = make(&mut |file| drop(sender.send(file)));
            drop(sender);
            (made, written.join())
        });
        let files = files.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let made = made?;
        if !files.is_empty() {
            self.sync_dir(&self.layout.staging())?;
            self.make_folders(&files)?;
        }
        Ok((made, files))
    }

    fn stage_file(&self, file: &Staged) -> Result<NewFile, StoreError> {
        let path = self.layout.staging().join(&file.name);
        self.disk.write(&path, &file.bytes).map_err(|error| StoreError::io(&path, error))?;
        self.disk.sync_file(&path).map_err(|error| StoreError::io(&path, error))?;
        let entry = EventFile { rows: file.rows, bytes: file.bytes.len() as u64 };
        Ok(NewFile { date: file.date.clone(), name: file.name.clone(), entry })
    }

    /// Makes the folders of the files' days: a full disk must show before the commit.
    fn make_folders(&self, files: &[NewFile]) -> Result<(), StoreError> {
        let mut dates: Vec<&str> = files.iter().map(|file| file.date.as_str()).collect();
        dates.dedup();
        for date in dates {
            let path = self.layout.events().join(date);
            self.disk.create_dir(&path).map_err(|error| StoreError::io(&path, error))?;
        }
        self.sync_dir(&self.layout.events())
    }

    /// Commits the ledger as it is now, with the files that were staged, and publishes them.
    pub fn commit(&mut self, files: &[NewFile]) -> Result<(), StoreError> {
        for NewFile { date, name, entry } in files {
            self.ledger.files.insert(format!("{date}/{name}"), *entry);
        }
        let publish = |file: &NewFile| Step::Publish { date: file.date.clone(), name: file.name.clone() };
        self.commit_steps(files.iter().map(publish).collect())
    }

    /// Commits the ledger as it is now, with these steps, and does them.
    pub fn commit_steps(&mut self, steps: Vec<Step>) -> Result<(), StoreError> {
        self.ledger.pending = steps;
        self.write_ledger()?;
        self.publish()
    }

    /// Writes the ledger, in one step.
    pub fn write_ledger(&mut self) -> Result<(), StoreError> {
        self.ledger.seq += 1;
        replace(self.disk, &self.layout.ledger(), &self.ledger.to_bytes())
    }

    /// Does the pending steps, while no reader of ours is looking. The list is emptied on disk by the next commit.
    fn publish(&mut self) -> Result<(), StoreError> {
        if self.ledger.pending.is_empty() {
            return Ok(());
        }
        let _readers = lock::take(&self.layout.readers_lock(), Sharing::Exclusive, Patience::Wait)?;
        for step in std::mem::take(&mut self.ledger.pending) {
            match step {
                Step::Publish { date, name } => self.publish_file(&date, &name)?,
                Step::Exchange { date, marker } => self.exchange(&date, &marker)?,
                Step::Remove { date } => {
                    self.remove(&self.layout.events().join(date))?;
                    self.sync_dir(&self.layout.events())?;
                }
            }
        }
        Ok(())
    }

    fn publish_file(&self, date: &str, name: &str) -> Result<(), StoreError> {
        let staged = self.layout.staging().join(name);
        let folder = self.layout.events().join(date);
        if staged.exists() {
            let to = folder.join(name);
            self.disk.rename(&staged, &to).map_err(|error| StoreError::io(&to, error))?;
        }
        self.sync_dir(&folder)
    }

    fn exchange(&self, date: &str, marker: &str) -> Result<(), StoreError> {
        let staged = self.layout.staging().join(date);
        let folder = self.layout.events().join(date);
        if !folder.join(marker).exists() {
            self.disk.exchange(&staged, &folder).map_err(|error| StoreError::io(&folder, error))?;
            self.sync_dir(&self.layout.events())?;
        }
        if staged.exists() {
            let trash = self.layout.trash();
            self.disk.create_dir(&trash).map_err(|error| StoreError::io(&trash, error))?;
            let to = trash.join(format!("{date}.{marker}"));
            self.remove(&to)?;
            self.disk.rename(&staged, &to).map_err(|error| StoreError::io(&to, error))?;
        }
        Ok(())
    }

    /// Waits until a folder's entries are on disk.
    pub fn sync_dir(&self, path: &Path) -> Result<(), StoreError> {
        self.disk.sync_dir(path).map_err(|error| StoreError::io(path, error))
    }

    /// Removes a file or a folder.
    pub fn remove(&self, path: &Path) -> Result<(), StoreError> {
        self.disk.remove(path).map_err(|error| StoreError::io(path, error))
    }
}

/// Replaces a file by new bytes: after a power cut it has the old ones or the new ones.
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let temporary = path.with_extension("tmp");
    let failed = |error| StoreError::io(path, error);
    disk.write(&temporary, bytes).map_err(failed)?;
    disk.sync_file(&temporary).map_err(failed)?;
    disk.rename(&temporary, path).map_err(failed)?;
    disk.sync_dir(path.parent().expect("a file is in a folder")).map_err(failed)
}
