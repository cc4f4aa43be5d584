//! User agents of mail programs that few people use each, and many together.

use crate::agents::Protocol::{Http1, Http2};
use crate::agents::{Agent, agent};

/// Mail programs on phones.
pub(crate) static PHONE_APPS: [Agent; 10] = [
    agent(100, Http1, "SamsungEmail/6.1.80.12"),
    agent(60, Http1, "Android-Gmail/64562652 (Linux; U; Android 14; de_DE; Pixel 8; Build/UD1A.231105.004)"),
    agent(40, Http1, "K-9 Mail/5.600"),
    agent(30, Http1, "FairEmail/1.2066 (Android 14; Pixel 7)"),
    agent(20, Http1, "AquaMail/1.16.0 (build: 101600101; Android 9; SM-G960F)"),
    agent(20, Http1, "Nine/4.5.3a"),
    agent(15, Http1, "NaverMailApp/2.2.2 (Android OS 11; SM-N971N)"),
    agent(15, Http1, "YahooMobileMail/1.0 (Android Mail; 1.3.10) (hwh; samsung; SM-G900F; 5.0/LRX21T)"),
    agent(25, Http1, "okhttp/4.12.0"),
    agent(10, Http1, "Dalvik/2.1.0 (Linux; U; Android 13; SM-A137F Build/TP1A.220624.014)"),
];

/// Mail programs on desktops.
pub(crate) static DESKTOP_APPS: [Agent; 24] = [
    agent(40, Http1, "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko eM Client/8.2.1659.0"),
    agent(20, Http1, "eMClient/9.3.6041.0"),
    agent(
        20,
        Http2,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) ProtonMail/1.4.0 Chrome/130.0.6723.137 Electron/33.2.0 Safari/537.36",
    ),
    agent(
        20,
        Http2,
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) tutanota-desktop/235.240712.0 Chrome/124.0.6367.243 Electron/30.1.2 Safari/537.36",
    ),
    agent(
        15,
        Http2,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) ZohoMail-Desktop/1.6.5 Chrome/124.0.6367.243 Electron/30.1.0 Safari/537.36",
    ),
    agent(
        15,
        Http2,
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Mailspring/1.13.3 Chrome/102.0.5005.167 Electron/19.0.17 Safari/537.36",
    ),
    agent(
        15,
        Http2,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) BlueMail/1.140.12 Chrome/114.0.5735.289 Electron/25.8.1 Safari/537.36",
    ),
    agent(
        10,
        Http1,
        "Mozilla/5.0 (Windows NT 6.2; WOW64) AppleWebKit/535.7 (KHTML, like Gecko) Mailbird/2.4.30.0/ Safari/535.7",
    ),
    agent(10, Http1, "Airmail 1.4 rv:238 (Macintosh; Mac OS X 10.9.4; en_US)"),
    agent(10, Http1, "Canary/413 (Mac OS X 10.15.7)"),
    agent(10, Http1, "MailMate/5663 (Mac OS X Version 10.15.2)"),
    agent(15, Http1, "Superhuman"),
    agent(
        15,
        Http2,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) SparkDesktop/3.0.30 Chrome/104.0.5112.124 Electron/20.3.12 Safari/537.36",
    ),
    agent(8, Http1, "Mozilla/4.0 (compatible; Lotus-Notes/6.0; Windows-NT)"),
    agent(10, Http1, "The Bat! 9.2.1"),
    agent(3, Http1, "The Bat! Voyager 4.0.18.4"),
    agent(5, Http1, "Claws Mail/3.17.5"),
    agent(15, Http1, "Evolution/3.52.3"),
    agent(
        10,
        Http2,
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) kmail2/5.7.3 QtWebEngine/5.9.5 Chrome/56.0.2924.122 Safari/537.36",
    ),
    agent(5, Http1, "Geary/40.0"),
    agent(10, Http1, "Roundcube Webmail/1.6.0"),
    agent(
        10,
        Http1,
        "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/65.0.3314.0 Safari/537.36 Foxmail/7.2.25.213",
    ),
    agent(
        6,
        Http1,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0.4280.66 Safari/537.36 MailMaster/6.5.3.1210",
    ),
    agent(
        4,
        Http2,
        "Mozilla/5.0 (Linux; U; Android 2.3.5; fr; Orange San Francisco Build/GRJ22) AppleWebKit/533.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/533.1",
    ),
];
