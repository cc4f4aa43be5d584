//! The operating system and the device, as an agent names them.

use super::pattern::AgentText;
use crate::model::client_kind::Device;

/// Versions of Windows by the number of their kernel.
const WINDOWS: &[(&str, &str)] = &[
    ("10.0", "Windows 10"),
    ("6.4", "Windows 10"),
    ("6.3", "Windows 8.1"),
    ("6.2", "Windows 8"),
    ("6.1", "Windows 7"),
    ("6.0", "Windows Vista"),
    ("5.2", "Windows XP"),
    ("5.1", "Windows XP"),
    ("5.01", "Windows 2000"),
    ("5.0", "Windows 2000"),
];

/// What a system is known by, in lower case, its name, and the device it is always on. The first that is there decides:
/// phones name what they are compatible with.
const SYSTEMS: &[(&str, &str, Option<Device>)] = &[
    ("windows phone", "Windows Phone", Some(Device::Phone)),
    ("iemobile", "Windows Phone", Some(Device::Phone)),
    ("xbox", "Xbox", Some(Device::Other)),
    ("playstation", "PlayStation", Some(Device::Other)),
    ("nintendo", "Nintendo", Some(Device::Other)),
    ("web0s", "webOS", Some(Device::Other)),
    ("hbbtv", "TV", Some(Device::Other)),
    ("smart-tv", "TV", Some(Device::Other)),
    ("smarttv", "TV", Some(Device::Other)),
    ("apple tv", "tvOS", Some(Device::Other)),
    ("appletv", "tvOS", Some(Device::Other)),
    ("watchos", "watchOS", Some(Device::Other)),
    ("apple watch", "watchOS", Some(Device::Other)),
    ("crkey", "TV", Some(Device::Other)),
    ("kaios", "KaiOS", Some(Device::Phone)),
    ("openharmony", "HarmonyOS", None),
    ("harmonyos", "HarmonyOS", None),
    ("tizen", "Tizen", None),
    ("ipad", "iOS", Some(Device::Tablet)),
    ("iphone", "iOS", Some(Device::Phone)),
    ("ipod", "iOS", Some(Device::Phone)),
    ("android", "Android", None),
    ("adr ", "Android", None),
    ("cros ", "ChromeOS", Some(Device::Desktop)),
    ("windows", "Windows", Some(Device::Desktop)),
    ("win64", "Windows", Some(Device::Desktop)),
    ("mac os", "macOS", Some(Device::Desktop)),
    ("macos", "macOS", Some(Device::Desktop)),
    ("macintosh", "macOS", Some(Device::Desktop)),
    ("bb10", "BlackBerry", Some(Device::Phone)),
    ("blackberry", "BlackBerry", Some(Device::Phone)),
    ("symbian", "Symbian", Some(Device::Phone)),
    ("midp", "Java ME", Some(Device::Phone)),
    ("freebsd", "FreeBSD", Some(Device::Desktop)),
    ("openbsd", "OpenBSD", Some(Device::Desktop)),
    ("netbsd", "NetBSD", Some(Device::Desktop)),
    ("linux", "Linux", Some(Device::Desktop)),
    ("x11", "Linux", Some(Device::Desktop)),
];

/// The system and the device of an agent, where it names them.
pub fn platform(agent: &AgentText<'_>) -> (Option<&'static str>, Option<Device>) {
    let text = agent.lower();
    let system = SYSTEMS.iter().find(|(mark, ..)| has(text, mark));
    let Some((_, os, device)) = system.copied() else { return darwin(text) };
    let os = if os == "Windows" { windows(text) } else { os };
    (Some(os), device.or_else(|| touch_device(text)))
}

/// The device of a mobile system that is on several: browsers of phones say `Mobile`, those of tablets do not.
fn touch_device(text: &[u8]) -> Option<Device> {
    let says = |word| has(text, word);
    if says(" tv") || says("bravia") || says("; aft") || says("tv;") {
        Some(Device::Other)
    } else if says("tablet") {
        Some(Device::Tablet)
    } else if says("mobile") {
        Some(Device::Phone)
    } else {
        says("applewebkit").then_some(Device::Tablet)
    }
}

/// Apps with Apple's network library name the kernel, which phones and computers share; computers name their processor.
fn darwin(text: &[u8]) -> (Option<&'static str>, Option<Device>) {
    if has(text, "darwin/") && (has(text, "x86_64") || has(text, "(i386)") || has(text, "(mac")) {
        (Some("macOS"), Some(Device::Desktop))
    } else if has(text, "(ios") || has(text, " ios") || has(text, "-ios") {
        (Some("iOS"), None)
    } else {
        (None, None)
    }
}

fn windows(text: &[u8]) -> &'static str {
    let behind = |mark: &str| memchr::memmem::find(text, mark.as_bytes()).map(|at| &text[at + mark.len()..]);
    let number = behind("windows nt ").or_else(|| behind("windows/"));
    let known = number.and_then(|number| WINDOWS.iter().find(|(kernel, _)| number.starts_with(kernel.as_bytes())));
    known.map_or("Windows", |(_, name)| name)
}

fn has(text: &[u8], mark: &str) -> bool {
    memchr::memmem::find(text, mark.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_systems_and_devices() {
        for (agent, os, device) in [
            ("(Windows NT 10.0; Win64; x64)", Some("Windows 10"), Some(Device::Desktop)),
            ("(Windows NT 6.1)", Some("Windows 7"), Some(Device::Desktop)),
            ("(compatible; Lotus-Notes/6.0; Windows-NT)", Some("Windows"), Some(Device::Desktop)),
            ("(Windows Phone 10.0; Android 6.0.1; Microsoft)", Some("Windows Phone"), Some(Device::Phone)),
            ("(Macintosh; Intel Mac OS X 10_15_7)", Some("macOS"), Some(Device::Desktop)),
            ("(iPad; CPU OS 17_3 like Mac OS X)", Some("iOS"), Some(Device::Tablet)),
            ("(iPhone; CPU iPhone OS 17_3 like Mac OS X)", Some("iOS"), Some(Device::Phone)),
            ("(Linux; Android 13; SM-S901B) AppleWebKit/537 Mobile", Some("Android"), Some(Device::Phone)),
            ("(Linux; Android 13; SM-X200) AppleWebKit/537", Some("Android"), Some(Device::Tablet)),
            ("AquaMail/1.16.0 (Android)", Some("Android"), None),
            ("(X11; CrOS x86_64 14541.0.0)", Some("ChromeOS"), Some(Device::Desktop)),
            ("(X11; Linux x86_64)", Some("Linux"), Some(Device::Desktop)),
            ("x CFNetwork/673 Darwin/13.0.0 (x86_64)", Some("macOS"), Some(Device::Desktop)),
            ("x CFNetwork/711.2.23 Darwin/14.0.0", None, None),
        ] {
            assert_eq!(platform(&AgentText::new(agent.as_bytes())), (os, device), "{agent}");
        }
    }
}
