//! A real nginx on loopback with the supplied configuration.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Workdir, repository};

/// A running nginx; killed when it is dropped.
pub(crate) struct Nginx {
    child: Child,
    pub(crate) port: u16,
    /// The access log.
    pub(crate) log: PathBuf,
}

/// nginx, or how to get it.
fn binary() -> &'static str {
    ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"]
        .into_iter()
        .find(|path| Path::new(path).exists())
        .expect("these tests need nginx: run tests/run, or install it with: apt-get install nginx")
}

impl Nginx {
    /// Starts nginx in a folder with `nginx/mailpixel.conf`, of which only paths and ports are changed.
    pub(crate) fn start(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let supplied = repository().join("nginx");
        for name in ["links.map", "pixel.gif"] {
            std::fs::copy(supplied.join(name), folder.join(name)).unwrap();
        }
        let at = folder.display().to_string();
        let text = std::fs::read_to_string(supplied.join("mailpixel.conf")).unwrap();
        let mut conf = text;
        for (from, to) in [
            ("/etc/nginx/mailpixel/", format!("{at}/")),
            ("/var/www/mailpixel", at.clone()),
            ("/var/log/mailpixel/", format!("{at}/")),
            ("listen 80;", format!("listen 127.0.0.1:{port};")),
            ("listen [::]:80;", String::new()),
        ] {
            assert!(conf.contains(from), "the supplied configuration has no {from}");
            conf = conf.replace(from, &to);
        }
        std::fs::write(folder.join("mailpixel.conf"), conf).unwrap();
        let main = format!(
            "daemon off; worker_processes 2; pid {at}/nginx.pid; error_log {at}/error.log;\nevents {{}}\nhttp {{\n\
             client_body_temp_path {at}/body; proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/fastcgi;\n\
             uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi; keepalive_requests 1000000000;\n\
             include {at}/mailpixel.conf;\n}}\n"
        );
        std::fs::write(folder.join("nginx.conf"), main).unwrap();
        // Workers of a root nginx are another user, and temporary folders are private.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder, open).unwrap();
        let child = Command::new(binary())
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .arg("-e")
            .arg(folder.join("error.log"))
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let nginx = Self { child, port, log: folder.join("access.log") };
        nginx.wait_until_it_answers();
        nginx
    }

    fn wait_until_it_answers(&self) {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "nginx does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The master process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to the master process: `QUIT`, `USR1`.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
    }

    /// Lets it finish its requests and write its log.
    pub(crate) fn quit(mut self) {
        self.signal("QUIT");
        self.child.wait().unwrap();
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // A killed master would leave its workers behind.
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal("TERM");
            let _ = self.child.wait();
        }
    }
}

/// One connection that stays open.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

/// What the server answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(port: u16) -> Self {
        Self { stream: BufReader::new(TcpStream::connect(("127.0.0.1", port)).unwrap()) }
    }

    pub(crate) fn request(&mut self, method: &str, url: &str, headers: &str) -> Answer {
        let text = format!("{method} {url} HTTP/1.1\r\nHost: track.example.com\r\n{headers}\r\n");
        self.stream.get_mut().write_all(text.as_bytes()).unwrap();
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            lines.push(line.trim().to_owned());
        }
        let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
        let headers: BTreeMap<_, _> = lines[1..]
            .iter()
            .filter_map(|l| l.split_once(": "))
            .map(|(k, v)| (k.to_lowercase(), v.to_owned()))
            .collect();
        let length = if method == "HEAD" { 0 } else { headers.get("content-length").map_or(0, |n| n.parse().unwrap()) };
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        Answer { status, headers, body }
    }
}

const AGENT: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n";

#[test]
fn the_pixel_is_always_the_same() {
    let work = Workdir::new();
    let nginx = Nginx::start(work.path());
    let mut client = Client::connect(nginx.port);
    let pixel = std::fs::read(repository().join("nginx/pixel.gif")).unwrap();
    assert_eq!(pixel.len(), 43);
    for (url, headers) in [
        ("/o/c/m.gif", ""),
        ("/o/c/%C3%BC%20x.gif?y", "Range: bytes=0-3\r\n"),
        ("/o/anything/else.gif", "If-Modified-Since: Thu, 01 Jan 2037 00:00:00 GMT\r\n"),
        ("//o//c//m.gif", "If-None-Match: \"x\"\r\n"),
        ("/track.php?id=7", ""),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = client.request(method, url, headers);
            assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "image/gif"), "{method} {url}");
            assert_eq!(answer.headers["content-length"], "43");
            assert_eq!(answer.headers["cache-control"], "no-store");
            assert!(!answer.headers.contains_key("etag") && !answer.headers.contains_key("last-modified"));
            assert!(!answer.headers.contains_key("accept-ranges"));
            assert!(method == "HEAD" || answer.body == pixel);
        }
    }
}

#[test]
fn links_go_only_where_the_map_says() {
    let work = Workdir::new();
    let nginx = Nginx::start(work.path());
    let mut client = Client::connect(nginx.port);
    let answer = client.request("GET", "/c/spring-sale/m/shop?url=http://evil.example", "");
    assert_eq!(answer.status, 302);
    assert!(answer.headers["location"].starts_with("https://"), "{:?}", answer.headers);
    assert!(!answer.headers["location"].contains("evil"));
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    for url in ["/c/spring-sale/m/nothing", "/c/spring-sale/m/http://evil.example", "/", "/favicon.ico", "/o/c/m.png"] {
        let answer = client.request("GET", url, "");
        assert_eq!(answer.status, 404, "{url}");
        assert!(!answer.headers.contains_key("location"));
    }
}

#[test]
fn what_was_requested_is_what_is_reported() {
    const CONNECTIONS: usize = 8;
    const REQUESTS: usize = 10_000;
    let work = Workdir::new();
    let nginx = Nginx::start(work.path());
    let curl = Command::new("curl")
        .args(["--silent", "--fail", "--output", "curl.gif", "--user-agent", "Mozilla/5.0 (X11) Firefox/128.0"])
        .arg(format!("http://127.0.0.1:{}/o/by-curl/m.gif", nginx.port))
        .current_dir(work.path())
        .status()
        .expect("this test needs curl: apt-get install curl");
    assert!(curl.success());
    assert_eq!(std::fs::read(work.path().join("curl.gif")).unwrap().len(), 43);
    let port = nginx.port;
    std::thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            scope.spawn(move || {
                let mut client = Client::connect(port);
                for i in (connection..REQUESTS).step_by(CONNECTIONS) {
                    let answer = client.request("GET", &format!("/o/load/message-{i}.gif"), AGENT);
                    assert_eq!(answer.status, 200);
                }
            });
        }
    });
    let log = nginx.log.clone();
    nginx.quit();
    let report = work.report(&[log.as_os_str()]);
    let row = |name: &str| report.iter().find(|row| row["campaign"] == name).unwrap_or_else(|| panic!("{report:?}"));
    assert_eq!(report.len(), 2);
    assert_eq!((&row("by-curl")["pixel_hits"], &row("by-curl")["unique_opens_human"]), (&1.into(), &1.into()));
    for column in ["pixel_hits", "opens_human", "unique_opens_human", "messages_seen", "confirmed"] {
        assert_eq!(row("load")[column], REQUESTS, "{column}");
    }
}
