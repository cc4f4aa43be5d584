//! Where the event store is, and what a store must be told of the machine.

use std::path::{Path, PathBuf};

use anyhow::Context;
use mailpixel::store::Layout;
use mailpixel::store::disk::Disk;

use crate::args::StorePlace;
use crate::config::Config;

/// The place that is used when none is named.
const USUAL: &str = "mailpixel-store";

/// The store's place: the flag or the environment, else the configuration, else `./mailpixel-store`.
pub(crate) fn layout(place: &StorePlace, config: &Config) -> Layout {
    let named = place.store.clone().filter(|path| !path.as_os_str().is_empty());
    Layout::new(named.or_else(|| config.store.clone()).unwrap_or_else(|| PathBuf::from(USUAL)))
}

/// The disk. A build for tests may die at a chosen change.
pub(crate) fn disk() -> Box<dyn Disk> {
    #[cfg(feature = "failpoints")]
    if let Some(n) = std::env::var("MAILPIXEL_KILL_AT").ok().and_then(|n| n.parse().ok()) {
        return Box::new(mailpixel::store::disk::DyingDisk::new(n));
    }
    Box::new(mailpixel::store::disk::RealDisk)
}

/// The name of this machine.
pub(crate) fn machine() -> anyhow::Result<String> {
    if let Some(name) = std::env::var("MAILPIXEL_MACHINE").ok().filter(|name| !name.is_empty()) {
        return Ok(name);
    }
    let path = Path::new("/proc/sys/kernel/hostname");
    let name = std::fs::read_to_string(path).with_context(|| format!("the machine's name: {}", path.display()))?;
    Ok(name.trim().to_owned())
}

/// A secret for a new store.
pub(crate) fn new_key() -> anyhow::Result<[u8; 16]> {
    use std::io::Read;
    let mut key = [0; 16];
    let path = "/dev/urandom";
    std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut key)).context(path)?;
    Ok(key)
}

/// Milliseconds since 1970 UTC.
pub(crate) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
