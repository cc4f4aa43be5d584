//! Numbers as text, without the formatting machinery: four million lines have forty million numbers.

use std::io::Write as _;
use std::net::IpAddr;

/// Appends a number.
pub(crate) fn push_decimal(out: &mut Vec<u8>, number: u64) {
    let width = number.checked_ilog10().unwrap_or(0) + 1;
    push_padded(out, number, width as usize);
}

/// Appends the last `width` digits of a number.
pub(crate) fn push_padded(out: &mut Vec<u8>, number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut left = number;
    for digit in digits[..width].iter_mut().rev() {
        *digit = b'0' + (left % 10) as u8;
        left /= 10;
    }
    out.extend_from_slice(&digits[..width]);
}

/// Appends 16 lower-case hexadecimal digits.
pub(crate) fn push_hex(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 16];
    for (place, digit) in digits.iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(number >> (60 - 4 * place) & 15) as usize];
    }
    out.extend_from_slice(&digits);
}

/// Appends an address.
pub(crate) fn push_address(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(v4) => {
            let [first, rest @ ..] = v4.octets();
            push_decimal(out, u64::from(first));
            for octet in rest {
                out.push(b'.');
                push_decimal(out, u64::from(octet));
            }
        }
        IpAddr::V6(v6) => write!(out, "{v6}").expect("a Vec takes every byte"),
    }
}
