//! Where an address is and whose it is, by databases that the operator gives.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use maxminddb::{MaxMindDbError, Reader, WithinOptions};

use super::place_record::PlaceRecord;

/// The databases, in the order in which they are asked. Without any, nothing is known.
#[derive(Debug, Default)]
pub struct Places {
    databases: Vec<Database>,
}

/// What is known of an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Located<'a> {
    /// Where it is; `None` where no database knows.
    pub place: Option<Place<'a>>,
    /// The number of its autonomous system.
    pub asn: Option<u32>,
}

/// A place, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// The two-letter code of the country, as it stands in the database.
    pub country: Option<&'a str>,
    /// The region in English, or its code.
    pub region: Option<&'a str>,
    /// The city in English.
    pub city: Option<&'a str>,
}

/// What databases can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    /// Countries.
    pub country: bool,
    /// Regions.
    pub region: bool,
    /// Cities.
    pub city: bool,
    /// Autonomous systems.
    pub asn: bool,
}

/// Why a database can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PlacesError {
    /// The file can't be read.
    #[error("{path}: {error}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file is packed.
    #[error("{path}: this is a packed file: unpack it and name the .mmdb file in it")]
    Packed {
        /// The file.
        path: String,
    },
    /// The file does not have the format, or not to its end.
    #[error("{path}: not a whole MaxMind database (.mmdb), download it again ({error})")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it.
        error: MaxMindDbError,
    },
    /// The database holds something else.
    #[error(
        "{path}: {database_type} holds no places and no networks' owners: expected a City, Country or ASN database \
         of MaxMind, DB-IP or IPinfo"
    )]
    Type {
        /// The file.
        path: String,
        /// What the database calls itself.
        database_type: String,
    },
}

impl Places {
    /// Opens the databases, which are told apart by what they hold. They are read into memory whole. A file that is
    /// missing, damaged or of another type is an error.
    pub fn open(paths: &[PathBuf]) -> Result<Self, PlacesError> {
        let databases = paths.iter().map(|path| Database::open(path)).collect::<Result<_, _>>()?;
        Ok(Self { databases })
    }

    /// Whether there is no database.
    pub fn is_empty(&self) -> bool {
        self.databases.is_empty()
    }

    /// Where the address is and whose it is. Of several databases the first one that knows a value decides; region
    /// and city are taken only from databases that agree on the country.
    pub fn find(&self, address: IpAddr) -> Located<'_> {
        let address = address.to_canonical();
        let mut located = Located::default();
        for record in self.databases.iter().filter_map(|database| database.find(address)) {
            located.asn = located.asn.or(record.asn());
            located.place = merge(located.place, Place::of(&record));
        }
        located
    }

    /// Where the values of an address stand in each database, by numbers that only mean that: addresses with the same
    /// numbers are at the same place. And the bits of the longest prefix that was looked at: addresses with the same
    /// ones have the same numbers.
    pub fn values(&self, address: IpAddr, values: &mut Vec<usize>) -> u8 {
        let address = address.to_canonical();
        values.clear();
        let mut longest = 0;
        for (value, prefix) in self.databases.iter().map(|database| database.value(address)) {
            values.push(value);
            longest = longest.max(prefix);
        }
        longest
    }

    /// What the databases can tell, all together.
    pub fn kinds(&self) -> Kinds {
        self.databases.iter().fold(Kinds::default(), |kinds, database| kinds.or(database.kinds))
    }

    /// The databases in words, in the order in which they are asked: `GeoLite2-City of 2024-05-01`.
    pub fn names(&self) -> Vec<String> {
        self.databases.iter().map(ToString::to_string).collect()
    }
}

impl<'a> Place<'a> {
    fn of(record: &PlaceRecord<'a>) -> Self {
        Self { country: record.country(), region: record.region(), city: record.city() }
    }
}

/// Fills what is not known yet; `None` where nothing is.
fn merge<'a>(known: Option<Place<'a>>, more: Place<'a>) -> Option<Place<'a>> {
    let known = known.unwrap_or_default();
    let agree = known.country.is_none() || more.country.is_none() || known.country == more.country;
    let more = if agree { more } else { Place::default() };
    let place = Place {
        country: known.country.or(more.country),
        region: known.region.or(more.region),
        city: known.city.or(more.city),
    };
    (place != Place::default()).then_some(place)
}

impl Kinds {
    fn of(record: &PlaceRecord<'_>) -> Self {
        Self {
            country: record.country().is_some(),
            region: record.region().is_some(),
            city: record.city().is_some(),
            asn: record.asn().is_some(),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            country: self.country || other.country,
            region: self.region || other.region,
            city: self.city || other.city,
            asn: self.asn || other.asn,
        }
    }
}

/// Values that are decoded to see what a database holds: its first ones, and as many again at addresses spread over
/// the whole space. A small database is looked at whole. A file that was cut lacks its metadata, which stand at the
/// end, so that this finds damage in the middle only; to look at every value of 125 MB takes 0.6 s, this 0.01 s.
const SAMPLES: u32 = 4096;

/// One database.
#[derive(Debug)]
struct Database {
    reader: Reader<Vec<u8>>,
    kinds: Kinds,
}

impl Database {
    fn open(path: &Path) -> Result<Self, PlacesError> {
        let name = || path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| PlacesError::Read { path: name(), error })?;
        if is_packed(&bytes) {
            return Err(PlacesError::Packed { path: name() });
        }
        let damaged = |error| PlacesError::Damaged { path: name(), error };
        let reader = Reader::from_source(bytes).map_err(damaged)?;
        let kinds = kinds(&reader).map_err(damaged)?;
        if kinds == Kinds::default() {
            let database_type = reader.metadata().database_type.clone();
            return Err(PlacesError::Type { path: name(), database_type });
        }
        Ok(Self { reader, kinds })
    }

    /// Where the value of an address stands, and the length of its network's prefix; a number that no value has where
    /// there is none.
    fn value(&self, address: IpAddr) -> (usize, u8) {
        let is_v4 = address.is_ipv4();
        let all_bits = if is_v4 { 32 } else { 128 };
        let Ok(found) = self.reader.lookup(address) else {
            // A database without IPv6 has nothing for any such address; one that is damaged there says nothing of others.
            let has_none = !is_v4 && self.reader.metadata().ip_version == 4;
            return (usize::MAX, if has_none { 0 } else { all_bits });
        };
        let value = found.offset().unwrap_or(usize::MAX);
        let network = found.network().ok().filter(|network| network.is_ipv4() == is_v4);
        (value, network.map_or(all_bits, |network| network.prefix()))
    }

    /// What the database says of an address. Nothing where it has no IPv6 or the value is damaged: one bad value in
    /// a database that could be opened is no reason to stop.
    fn find(&self, address: IpAddr) -> Option<PlaceRecord<'_>> {
        self.reader.lookup(address).ok()?.decode().ok()?
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metadata = self.reader.metadata();
        let seconds = i64::try_from(metadata.build_epoch).ok();
        f.write_str(&metadata.database_type)?;
        match seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()) {
            Some(built) => write!(f, " of {}", built.strftime("%Y-%m-%d")),
            None => Ok(()),
        }
    }
}

/// gzip, zip, bzip2, xz or zstd, by their first bytes.
fn is_packed(bytes: &[u8]) -> bool {
    const MAGIC: [&[u8]; 5] = [b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"];
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

/// What the database holds, by a sample of its values. One that can't be decoded is an error.
fn kinds(reader: &Reader<Vec<u8>>) -> Result<Kinds, MaxMindDbError> {
    let mut kinds = Kinds::default();
    for value in reader.networks(WithinOptions::default())?.take(SAMPLES as usize) {
        if let Some(record) = value?.decode()? {
            kinds = kinds.or(Kinds::of(&record));
        }
    }
    let step = u32::MAX / SAMPLES;
    for address in (0..SAMPLES).map(|i| std::net::Ipv4Addr::from(i * step)) {
        if let Some(record) = reader.lookup(address.into())?.decode()? {
            kinds = kinds.or(Kinds::of(&record));
        }
    }
    Ok(kinds)
}
