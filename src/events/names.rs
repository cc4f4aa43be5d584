//! Campaign and link names as small integers, the same in all threads.

use std::sync::{Arc, Mutex};

use hashbrown::HashMap;

/// The integer of a name. [`NameId::NONE`] stands for no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(u32);

impl NameId {
    /// No name: a hit without a campaign, or an open, which has no link.
    pub const NONE: Self = Self(u32::MAX);

    /// The name at a place in a list of names.
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The place in a list of names; for no name, a place that no list has.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The same as a number: that of a dictionary's entry, or null.
    pub fn number(self) -> u32 {
        self.0
    }
}

type Ids = HashMap<Arc<[u8]>, NameId, foldhash::fast::RandomState>;

/// All names of a run. Each thread looks names up in a [`LocalNames`] first.
#[derive(Debug, Default)]
pub struct Names {
    ids: Mutex<Ids>,
}

/// One thread's copy of the names that it has met.
#[derive(Debug, Default)]
pub struct LocalNames {
    ids: Ids,
}

impl LocalNames {
    /// The integer of a name; empty is no name.
    pub fn id(&mut self, name: &[u8], names: &Names) -> NameId {
        if name.is_empty() {
            return NameId::NONE;
        }
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = names.insert(name);
        self.ids.insert(name.into(), id);
        id
    }
}

impl Names {
    fn insert(&self, name: &[u8]) -> NameId {
        let mut ids = self.ids.lock().expect("no thread panicked with the lock");
        if let Some(id) = ids.get(name) {
            return *id;
        }
        let id = NameId(u32::try_from(ids.len()).expect("under four billion names fit into memory"));
        ids.insert(name.into(), id);
        id
    }

    /// All names, each at the place of its integer.
    pub fn into_list(self) -> NameList {
        let ids = self.ids.into_inner().expect("no thread panicked with the lock");
        NameList::new(&ids)
    }

    /// The names so far.
    pub fn list(&self) -> NameList {
        NameList::new(&self.ids.lock().expect("no thread panicked with the lock"))
    }
}

/// The names of a run, by their integers.
#[derive(Debug, Default)]
pub struct NameList {
    list: Vec<Arc<[u8]>>,
}

impl NameList {
    fn new(ids: &Ids) -> Self {
        let mut list = vec![Arc::<[u8]>::default(); ids.len()];
        for (name, id) in ids {
            list[id.0 as usize] = Arc::clone(name);
        }
        Self { list }
    }

    /// The name; `None` for no name. Bytes that are not UTF-8 stand as `%XX`.
    pub fn text(&self, id: NameId) -> Option<String> {
        self.list.get(id.0 as usize).map(|name| readable(name))
    }

    /// The name's bytes; `None` for no name.
    pub fn bytes(&self, id: NameId) -> Option<&[u8]> {
        self.list.get(id.0 as usize).map(|name| &**name)
    }

    /// Every name.
    pub fn texts(&self) -> impl Iterator<Item = String> + '_ {
        self.list.iter().map(|name| readable(name))
    }
}

/// Bytes as text. In a name that is not UTF-8, what is not is written as `%XX`, and so is `%` itself, so that different
/// names stay different.
pub fn readable(bytes: &[u8]) -> String {
    use std::fmt::Write;
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(&chunk.valid().replace('%', "%25"));
        for byte in chunk.invalid() {
            write!(out, "%{byte:02X}").expect("writing to a string can't fail");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_agree_on_names() {
        let names = Names::default();
        let (mut one, mut other) = (LocalNames::default(), LocalNames::default());
        let a = one.id(b"a", &names);
        let b = other.id(b"b", &names);
        assert_eq!((other.id(b"a", &names), one.id(b"b", &names)), (a, b));
        assert_eq!(one.id(b"", &names), NameId::NONE);
        let list = names.into_list();
        assert_eq!((list.text(a), list.text(b), list.text(NameId::NONE)), (Some("a".into()), Some("b".into()), None));
        assert_eq!((readable(b"a\xFFb%"), readable(b"a%FFb")), ("a%FFb%25".to_owned(), "a%FFb".to_owned()));
    }
}
