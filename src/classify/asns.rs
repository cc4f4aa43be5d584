//! Networks that are known by the number of their autonomous system.

/// Microsoft's systems.
pub const MICROSOFT: [u32; 3] = [8075, 8074, 12076];

/// The one of Microsoft's systems that Outlook on the web fetches images from.
pub const MICROSOFT_PROXY: u32 = 8075;

/// Whether a click from this system can't be told: SafeLinks scans from Microsoft's networks, and people who work on
/// a Windows 365 desktop click from there.
pub fn is_microsoft(asn: u32) -> bool {
    MICROSOFT.contains(&asn)
}

/// Whether an open from this system may be Outlook on the web fetching an image for its reader.
pub fn is_microsoft_proxy(asn: u32) -> bool {
    asn == MICROSOFT_PROXY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_and_clicks_differ() {
        for (asn, click, open) in [(8075, true, true), (8074, true, false), (12076, true, false), (15169, false, false)]
        {
            assert_eq!((is_microsoft(asn), is_microsoft_proxy(asn)), (click, open), "AS{asn}");
        }
    }
}
