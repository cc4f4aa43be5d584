//! Writes databases in MaxMind's format, so that tests need no file of anybody's.
//!
//! The format: a binary tree over the bits of an address, 16 zero bytes, the values, a marker, and the metadata as
//! one more value (maxmind.github.io/MaxMind-DB).

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

/// When every database says that it was built: 2024-05-01.
const BUILD_EPOCH: u64 = 1_714_521_600;

/// A database to be written.
pub(crate) struct Mmdb {
    database_type: String,
    record_size: usize,
    ip_version: u8,
    rows: Vec<(IpNet, Value)>,
}

/// What one side of a node of the tree leads to.
#[derive(Clone, Copy)]
enum Record {
    Nothing,
    Node(usize),
    /// A value, by its place among the values.
    Value(usize),
}

impl Mmdb {
    /// An empty database of this type, for IPv4 and IPv6, with records of 24 bits.
    pub(crate) fn new(database_type: &str) -> Self {
        Self { database_type: database_type.to_owned(), record_size: 24, ip_version: 6, rows: Vec::new() }
    }

    /// Sets the bits of a record: 24, 28 or 32.
    pub(crate) fn record_size(mut self, bits: usize) -> Self {
        self.record_size = bits;
        self
    }

    /// Holds IPv4 only.
    pub(crate) fn ipv4_only(mut self) -> Self {
        self.ip_version = 4;
        self
    }

    /// Adds a network: `192.0.2.0/24` or `2001:db8::/32`. The longest prefix decides, in whatever order they come.
    pub(crate) fn insert(mut self, network: &str, value: Value) -> Self {
        self.rows.push((network.parse().expect("a network"), value));
        self
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_by_key(|(network, _)| network.prefix_len() + self.extra_bits(network));
        let mut values = Values::default();
        let mut tree = vec![[Record::Nothing; 2]];
        for (network, value) in rows {
            let at = values.place(value);
            set(&mut tree, &self.path(network), at);
        }
        let mut file = Vec::new();
        for node in &tree {
            let [left, right] = node.map(|record| match record {
                Record::Nothing => tree.len(),
                Record::Node(at) => at,
                Record::Value(at) => tree.len() + 16 + at,
            });
            write_node(&mut file, self.record_size, left as u64, right as u64);
        }
        file.extend([0; 16]);
        file.extend(values.bytes);
        file.extend(b"\xab\xcd\xefMaxMind.com");
        self.write_metadata(&mut file, tree.len());
        file
    }

    /// IPv4 stands in the last 32 bits of IPv6.
    fn extra_bits(&self, network: &IpNet) -> u8 {
        if self.ip_version == 6 && matches!(network, IpNet::V4(_)) { 96 } else { 0 }
    }

    fn path(&self, network: &IpNet) -> Vec<usize> {
        let (bits, width) = match network.network() {
            IpAddr::V4(v4) => (u128::from(u32::from(v4)), if self.ip_version == 6 { 128 } else { 32 }),
            IpAddr::V6(v6) => (u128::from(v6), 128),
        };
        let length = network.prefix_len() + self.extra_bits(network);
        (0..length).map(|depth| usize::from(bits >> (width - 1 - depth) & 1 == 1)).collect()
    }

    /// The metadata: a map whose numbers have the types that the format asks for.
    fn write_metadata(&self, file: &mut Vec<u8>, node_count: usize) {
        let texts = [
            ("database_type", json!(self.database_type)),
            ("description", json!({"en": "made by a test"})),
            ("languages", json!(["en"])),
        ];
        let numbers = [
            ("binary_format_major_version", UINT16, 2),
            ("binary_format_minor_version", UINT16, 0),
            ("build_epoch", UINT64, BUILD_EPOCH),
            ("ip_version", UINT16, self.ip_version.into()),
            ("node_count", UINT32, node_count as u64),
            ("record_size", UINT16, self.record_size as u64),
        ];
        control(file, MAP, texts.len() + numbers.len());
        for (key, value) in texts {
            encode(file, &json!(key));
            encode(file, &value);
        }
        for (key, kind, number) in numbers {
            encode(file, &json!(key));
            encode_integer(file, kind, number);
        }
    }
}

/// Writes a value at the end of a path; a value that stands on the way moves down to the side.
fn set(tree: &mut Vec<[Record; 2]>, path: &[usize], value: usize) {
    let (last, way) = path.split_last().expect("a prefix of one bit or more");
    let mut node = 0;
    for side in way {
        node = match tree[node][*side] {
            Record::Node(next) => next,
            record => {
                tree.push([record; 2]);
                let next = tree.len() - 1;
                tree[node][*side] = Record::Node(next);
                next
            }
        };
    }
    tree[node][*last] = Record::Value(value);
}

fn write_node(file: &mut Vec<u8>, record_size: usize, left: u64, right: u64) {
    assert!(left.max(right) < 1 << record_size, "too large for records of {record_size} bits");
    match record_size {
        24 => file.extend([left, right].iter().flat_map(|record| record.to_be_bytes()[5..].to_vec())),
        // The upper four bits of both share the byte in the middle.
        28 => {
            let middle = u8::try_from(left >> 24 << 4 | right >> 24).expect("twice four bits");
            file.extend(&left.to_be_bytes()[5..]);
            file.push(middle);
            file.extend(&right.to_be_bytes()[5..]);
        }
        32 => file.extend([left, right].iter().flat_map(|record| record.to_be_bytes()[4..].to_vec())),
        _ => panic!("records have 24, 28 or 32 bits"),
    }
}

/// The values; equal ones are written once.
#[derive(Default)]
struct Values {
    bytes: Vec<u8>,
    places: HashMap<String, usize>,
}

impl Values {
    fn place(&mut self, value: &Value) -> usize {
        *self.places.entry(value.to_string()).or_insert_with(|| {
            let at = self.bytes.len();
            encode(&mut self.bytes, value);
            at
        })
    }
}

/// The types of the format that the tests need.
const STRING: u8 = 2;
const DOUBLE: u8 = 3;
const UINT16: u8 = 5;
const UINT32: u8 = 6;
const MAP: u8 = 7;
const UINT64: u8 = 9;
const ARRAY: u8 = 11;
const BOOLEAN: u8 = 14;

fn encode(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(text) => {
            control(out, STRING, text.len());
            out.extend(text.as_bytes());
        }
        Value::Number(number) => encode_number(out, number),
        Value::Bool(is) => control(out, BOOLEAN, usize::from(*is)),
        Value::Object(map) => {
            control(out, MAP, map.len());
            for (key, value) in map {
                encode(out, &Value::String(key.clone()));
                encode(out, value);
            }
        }
        Value::Array(items) => {
            control(out, ARRAY, items.len());
            items.iter().for_each(|item| encode(out, item));
        }
        Value::Null => panic!("the format has no null"),
    }
}

fn encode_number(out: &mut Vec<u8>, number: &serde_json::Number) {
    match number.as_u64() {
        Some(integer) if integer <= u32::MAX.into() => encode_integer(out, UINT32, integer),
        Some(integer) => encode_integer(out, UINT64, integer),
        None => {
            control(out, DOUBLE, 8);
            out.extend(number.as_f64().expect("a number").to_be_bytes());
        }
    }
}

/// Leading zero bytes are left out.
fn encode_integer(out: &mut Vec<u8>, kind: u8, integer: u64) {
    let digits = &integer.to_be_bytes()[integer.leading_zeros() as usize / 8..];
    control(out, kind, digits.len());
    out.extend(digits);
}

/// The type and size in front of a value. Types from 8 on stand in a second byte, sizes from 29 on in further ones.
fn control(out: &mut Vec<u8>, kind: u8, size: usize) {
    let (short, further): (u8, Vec<u8>) = match u32::try_from(size).expect("small values") {
        short @ 0..29 => (short as u8, vec![]),
        byte @ 29..285 => (29, vec![(byte - 29) as u8]),
        two @ 285..65_821 => (30, (two - 285).to_be_bytes()[2..].to_vec()),
        three => (31, (three - 65_821).to_be_bytes()[1..].to_vec()),
    };
    match kind {
        0..=7 => out.push(kind << 5 | short),
        _ => out.extend([short, kind - 7]),
    }
    out.extend(further);
}
