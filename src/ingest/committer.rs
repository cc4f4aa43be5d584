//! Commits one batch while the next is read, so that no processor waits for a disk, or for what one thread must do alone.
//! Batches are committed one after the other, in the order in which they were read.

use std::thread::{Scope, ScopedJoinHandle};

use rayon::ThreadPool;

use super::batch::{Closed, Committed};
use crate::store::StoreError;
use crate::store::commit::Writer;

/// The one who writes into the store.
pub(super) struct Committer<'s, 'e> {
    scope: &'s Scope<'s, 'e>,
    pool: &'s ThreadPool,
    host: &'s str,
    now_ms: i64,
    state: State<'s>,
    /// All batches that were committed.
    done: Committed,
}

enum State<'s> {
    Idle(Box<Writer<'s>>),
    Busy(ScopedJoinHandle<'s, (Box<Writer<'s>>, Result<Committed, StoreError>)>),
    /// A commit failed.
    Failed,
}

impl<'s, 'e> Committer<'s, 'e> {
    pub(super) fn new(
        scope: &'s Scope<'s, 'e>,
        pool: &'s ThreadPool,
        host: &'s str,
        now_ms: i64,
        writer: Writer<'s>,
    ) -> Self {
        Self { scope, pool, host, now_ms, state: State::Idle(Box::new(writer)), done: Committed::default() }
    }

    /// Begins to commit a batch, as soon as the one before is committed.
    pub(super) fn start(&mut self, closed: Closed) -> Result<(), StoreError> {
        let mut writer = self.take()?;
        let Self { pool, host, now_ms, .. } = *self;
        let commit = move || {
            let committed = closed.commit(&mut writer, pool, host, now_ms);
            (writer, committed)
        };
        self.state = State::Busy(self.scope.spawn(commit));
        Ok(())
    }

    /// Waits, and gives back the writer, and what was committed.
    pub(super) fn finish(mut self) -> Result<(Box<Writer<'s>>, Committed), StoreError> {
        let writer = self.take()?;
        Ok((writer, self.done))
    }

    fn take(&mut self) -> Result<Box<Writer<'s>>, StoreError> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Idle(writer) => Ok(writer),
            State::Busy(commit) => {
                let (writer, committed) = commit.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                self.done.add(&committed?);
                Ok(writer)
            }
            State::Failed => unreachable!("a run ends with the first commit that fails"),
        }
    }
}
