//! What a store is told once: its host, its secret, and the day before which it keeps nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::disk::Disk;
use super::{Layout, StoreError};
use crate::events::frame::SCHEMA_VERSION;
use crate::events::identity::NetworkKey;

/// `store.json`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The version of the event schema.
    pub schema: u32,
    /// The machines that filled the store, by the label of their host.
    pub hosts: BTreeMap<String, String>,
    /// The secret with which networks are hashed, in hexadecimal digits.
    pub network_key: String,
    /// The first day that is kept, as `2026-11-23`; days before it were pruned.
    #[serde(default)]
    pub floor: Option<String>,
}

impl Settings {
    /// Reads `store.json`; `None` where there is no store.
    pub fn read(layout: &Layout) -> Result<Option<Self>, StoreError> {
        let path = layout.settings();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io(&path, error)),
        };
        let damaged = |what: String| StoreError::Settings { path: path.display().to_string(), what };
        let settings: Self = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if settings.schema > SCHEMA_VERSION {
            return Err(StoreError::Newer { what: "store", version: settings.schema, known: SCHEMA_VERSION });
        }
        settings.network_key().ok_or_else(|| damaged("network_key is not 32 hexadecimal digits".to_owned()))?;
        Ok(Some(settings))
    }

    /// The settings of a new store.
    pub fn new(network_key: [u8; 16]) -> Self {
        Self {
            schema: SCHEMA_VERSION,
            hosts: BTreeMap::new(),
            network_key: network_key.iter().map(|byte| format!("{byte:02x}")).collect(),
            floor: None,
        }
    }

    /// Writes `store.json`, whole or not at all.
    pub fn write(&self, layout: &Layout, disk: &dyn Disk) -> Result<(), StoreError> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("settings are plain text");
        bytes.push(b'\n');
        super::commit::replace(disk, &layout.settings(), &bytes)
    }

    /// The first instant that is kept, in milliseconds since 1970 UTC.
    pub fn floor_ms(&self) -> i64 {
        let midnight = self.floor.as_ref().and_then(|day| format!("{day}T00:00:00Z").parse::<jiff::Timestamp>().ok());
        midnight.map_or(i64::MIN, jiff::Timestamp::as_millisecond)
    }

    /// The secret.
    pub fn network_key(&self) -> Option<NetworkKey> {
        let mut key = [0; 16];
        let digits = self.network_key.as_bytes();
        if digits.len() != 32 {
            return None;
        }
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = crate::logs::escape::hex_byte(pair)?;
        }
        Some(NetworkKey(key))
    }

    /// The label of the host whose logs are read on `machine`. The first host is called as its machine is. Later the
    /// machine must be the one of a known host, or the operator says whose logs they are.
    pub fn host(&mut self, machine: &str, said: Option<&str>) -> Result<String, StoreError> {
        if let Some(said) = said {
            self.hosts.insert(said.to_owned(), machine.to_owned());
            return Ok(said.to_owned());
        }
        if let Some((label, _)) = self.hosts.iter().find(|(_, known)| *known == machine) {
            return Ok(label.clone());
        }
        match self.hosts.iter().next() {
            None => {
                self.hosts.insert(machine.to_owned(), machine.to_owned());
                Ok(machine.to_owned())
            }
            Some((label, was)) => {
                Err(StoreError::OtherMachine { was: was.clone(), label: label.clone(), is: machine.to_owned() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_made_once() {
        let mut settings = Settings::new([7; 16]);
        assert_eq!(settings.network_key(), Some(NetworkKey([7; 16])));
        assert_eq!(settings.host("web1", None).expect("the first"), "web1");
        assert_eq!(settings.host("web1", None).expect("the same"), "web1");
        let refused = settings.host("a1b2c3", None).expect_err("another machine").to_string();
        assert!(refused.contains("--host web1"), "{refused}");
        assert_eq!(settings.host("a1b2c3", Some("web1")).expect("said"), "web1");
        assert_eq!(settings.host("a1b2c3", None).expect("known now"), "web1");
    }
}
