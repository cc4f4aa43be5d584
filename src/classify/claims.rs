//! The part of a user agent that a program writes about itself, without the part that names the device: phones are
//! called `CUBOT J9`, `M bot 54`, `VR BOT 552` and `Spider 8`.

/// Words that are found only in a comment about a phone, tablet or television.
const DEVICE_MARKS: [&[u8]; 7] = [b"android", b"tizen", b"midp", b"symbian", b"harmony", b"(mobile;", b"(linux; u;"];

/// An agent in lower case, in which the names of devices are blanks.
pub fn claims(lower: &[u8]) -> Vec<u8> {
    let mut text = lower.to_vec();
    blank_comments(&mut text);
    blank_bare_device(&mut text);
    text
}

/// Blanks the comments that name a device: all of them, or up to the Android build, behind which programs add
/// themselves. Square brackets are lists of an app, with the device among other things.
fn blank_comments(text: &mut [u8]) {
    let mut at = 0;
    while let Some(open) = text[at..].iter().position(|byte| matches!(byte, b'(' | b'[')).map(|i| at + i) {
        let close = closing(text, open);
        let comment = &text[open..close];
        let is_plain = comment.starts_with(b"(compatible;");
        let is_device = text[open] == b'['
            || text[..open].trim_ascii_end().ends_with(b"android")
            || !is_plain && { DEVICE_MARKS.iter().any(|mark| memchr::memmem::find(comment, mark).is_some()) };
        if is_device {
            let kept = memchr::memmem::find(comment, b"build/")
                .and_then(|build| comment[build..].iter().position(|byte| *byte == b';').map(|i| open + build + i));
            text[open..kept.unwrap_or(close)].fill(b' ');
        }
        at = close;
    }
}

/// Where the bracket that opens at `open` is closed; the end of the text where it is not.
fn closing(text: &[u8], open: usize) -> usize {
    let (opening, closing) = if text[open] == b'(' { (b'(', b')') } else { (b'[', b']') };
    let mut depth = 0_usize;
    for (i, byte) in text.iter().enumerate().skip(open) {
        if *byte == opening {
            depth += 1;
        } else if *byte == closing {
            depth -= 1;
            if depth == 0 {
                return i + 1;
            }
        }
    }
    text.len()
}

/// Some apps write the comment without its brackets: `Mozilla/5.0 Linux; Android 7.1.1; Land Rover Explore …`.
fn blank_bare_device(text: &mut [u8]) {
    let Some(start) = memchr::memmem::find(text, b"linux; android") else { return };
    let len = memchr::memmem::find(&text[start..], b"applewebkit").unwrap_or(text.len() - start);
    text[start..start + len].fill(b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_names_are_left_out() {
        for (agent, expected) in [
            ("mozilla/5.0 (linux; android 13; spider 8) chrome", "mozilla/5.0 chrome"),
            ("x (linux; android 8.0; pixel 2 build/opd3; storebot-google/1.0) y", "x ; storebot-google/1.0) y"),
            ("x instagram 9 android (22/5.1; cubot; s550 (a); h) y", "x instagram 9 android y"),
            ("mozilla/5.0 linux; android 7.1.1; land rover applewebkit", "mozilla/5.0 applewebkit"),
            ("x [fban/fbios;fbdv/m bot 54]", "x"),
            ("x (mobile; cubot f5; rv:48.0) gecko", "x gecko"),
            ("x (compatible; bot", "x (compatible; bot"),
        ] {
            let text = String::from_utf8(claims(agent.as_bytes())).expect("ASCII");
            assert_eq!(text.split_whitespace().collect::<Vec<_>>().join(" "), expected);
        }
    }
}
