//! How nginx makes untrusted bytes safe in a log.

/// nginx's default: quotes, backslashes, control characters and everything beyond ASCII become `\xHH`.
pub(crate) fn for_log(out: &mut Vec<u8>, text: &[u8]) {
    if text.iter().all(|&byte| is_plain(byte)) {
        out.extend_from_slice(text);
        return;
    }
    for &byte in text {
        if is_plain(byte) {
            out.push(byte);
        } else {
            out.extend_from_slice(&[b'\\', b'x', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

/// `escape=json`: quotes, backslashes and control characters only; other bytes stay, valid UTF-8 or not.
pub(crate) fn for_json(out: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            0..0x20 => out.extend_from_slice(&[
                b'\\',
                b'u',
                b'0',
                b'0',
                HEX[usize::from(byte >> 4)],
                HEX[usize::from(byte & 15)],
            ]),
            _ => out.push(byte),
        }
    }
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

fn is_plain(byte: u8) -> bool {
    (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\'
}
