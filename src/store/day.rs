//! A day's folder written anew beside the old one, and exchanged with it in one step.

use super::commit::{Staged, Writer};
use super::ledger::{EventFile, Step};
use super::{StoreError, entries};

/// New files of a day, on their way into the store.
pub(super) struct NewDay {
    date: String,
    written: Vec<(String, EventFile)>,
    replaced: Vec<String>,
}

impl NewDay {
    /// Makes an empty folder for the day, `date=…`. A file system that can't exchange folders is refused before anything
    /// depends on it.
    pub(super) fn start(writer: &Writer<'_>, date: &str) -> Result<Self, StoreError> {
        check_exchange(writer)?;
        let staging = writer.layout().staging().join(date);
        writer.remove(&staging)?;
        writer.disk().create_dir(&staging).map_err(|error| StoreError::io(&staging, error))?;
        Ok(Self { date: date.to_owned(), written: Vec::new(), replaced: Vec::new() })
    }

    /// Writes a file that stands for these old ones. Its name must be new.
    pub(super) fn write(&mut self, writer: &Writer<'_>, new: &Staged, stands_for: &[String]) -> Result<(), StoreError> {
        let path = writer.layout().staging().join(&self.date).join(&new.name);
        let failed = |error| StoreError::io(&path, error);
        writer.disk().write(&path, &new.bytes).map_err(failed)?;
        writer.disk().sync_file(&path).map_err(failed)?;
        self.written.push((new.name.clone(), EventFile { rows: new.rows, bytes: new.bytes.len() as u64 }));
        self.replaced.extend_from_slice(stands_for);
        Ok(())
    }

    /// Links the files that stay into the new folder, commits, and exchanges the folders.
    pub(super) fn exchange(self, writer: &mut Writer<'_>) -> Result<(), StoreError> {
        let Self { date, written, replaced } = self;
        let folder = writer.layout().events().join(&date);
        let staging = writer.layout().staging().join(&date);
        for name in entries(&folder)?.iter().filter(|name| !replaced.contains(name)) {
            let linked = writer.disk().hard_link(&folder.join(name), &staging.join(name));
            linked.map_err(|error| StoreError::io(&staging, error))?;
        }
        writer.sync_dir(&staging)?;
        writer.sync_dir(&writer.layout().staging())?;
        for name in replaced {
            writer.ledger.files.remove(&format!("{date}/{name}"));
        }
        let marker = written[0].0.clone();
        for (name, file) in written {
            writer.ledger.files.insert(format!("{date}/{name}"), file);
        }
        writer.commit_steps(vec![Step::Exchange { date, marker }])?;
        writer.write_ledger()
    }
}

/// Whether the file system can exchange two folders in one step; network file systems can't.
fn check_exchange(writer: &Writer<'_>) -> Result<(), StoreError> {
    let trial = ["exchange-a", "exchange-b"].map(|name| writer.layout().staging().join(name));
    let io = |error| StoreError::io(&trial[0], error);
    trial.iter().try_for_each(|path| writer.disk().create_dir(path)).map_err(io)?;
    let result = writer.disk().exchange(&trial[0], &trial[1]).map_err(io);
    trial.iter().try_for_each(|path| writer.remove(path))?;
    result
}
