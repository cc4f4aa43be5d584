//! The values of a log line that the program uses, and the nginx variables that carry them.

/// A value that the program reads from a line. Other variables of a log format are skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Field {
    /// `$remote_addr`: the peer, or the client where nginx's realip module is set up.
    RemoteAddr,
    /// `$time_local`
    TimeLocal,
    /// `$time_iso8601`
    TimeIso8601,
    /// `$msec`
    Msec,
    /// `$request`: method, URL and protocol.
    Request,
    /// `$request_method`
    Method,
    /// `$request_uri`: the URL as the client sent it, with the query.
    RequestUri,
    /// `$uri`: the path as nginx normalised it.
    Uri,
    /// `$args`: the query.
    Args,
    /// `$status`
    Status,
    /// `$http_user_agent`
    UserAgent,
    /// `$request_id`
    RequestId,
    /// `$http_sec_purpose`
    SecPurpose,
    /// `$http_purpose`
    Purpose,
    /// `$http_x_purpose`
    XPurpose,
    /// `$http_x_moz`
    XMoz,
    /// `$http_sec_gpc`
    SecGpc,
    /// The variable that the configuration's `client_ip` names, where it is not `remote_addr`.
    Client,
}

impl Field {
    /// How many fields there are.
    pub const COUNT: usize = Self::Client as usize + 1;
}

/// Which variable becomes which field.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    client: Option<String>,
}

impl Fields {
    /// The fields, where the client's address stands in the variable `client_ip` (with or without `$`).
    pub fn with_client(client_ip: &str) -> Self {
        let name = client_ip.strip_prefix('$').unwrap_or(client_ip);
        Self { client: (name != "remote_addr").then(|| name.to_owned()) }
    }

    /// The variable that holds the client's address, when it is not `remote_addr`.
    pub fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// The field of an nginx variable, by its name without `$`.
    pub fn of_variable(&self, name: &str) -> Option<Field> {
        if self.client.as_deref() == Some(name) {
            return Some(Field::Client);
        }
        Some(match name {
            "remote_addr" => Field::RemoteAddr,
            "time_local" => Field::TimeLocal,
            "time_iso8601" => Field::TimeIso8601,
            "msec" => Field::Msec,
            "request" => Field::Request,
            "request_method" => Field::Method,
            "request_uri" => Field::RequestUri,
            "uri" | "document_uri" => Field::Uri,
            "args" | "query_string" => Field::Args,
            "status" => Field::Status,
            "http_user_agent" => Field::UserAgent,
            "request_id" => Field::RequestId,
            "http_sec_purpose" => Field::SecPurpose,
            "http_purpose" => Field::Purpose,
            "http_x_purpose" => Field::XPurpose,
            "http_x_moz" => Field::XMoz,
            "http_sec_gpc" => Field::SecGpc,
            _ => return None,
        })
    }

    /// The field of a key in a JSON line whose format is not known: nginx's variable names and the names that
    /// people commonly give them.
    pub fn of_json_key(&self, key: &str) -> Option<Field> {
        self.of_variable(key).or_else(|| {
            Some(match key {
                "remote_ip" | "client_ip" | "clientip" | "ip" | "client" => Field::RemoteAddr,
                "time" | "timestamp" | "@timestamp" | "time_iso" | "datetime" | "date" => Field::TimeIso8601,
                "method" => Field::Method,
                "url" | "path" => Field::RequestUri,
                "query" => Field::Args,
                "status_code" | "response" | "code" => Field::Status,
                "user_agent" | "agent" | "ua" | "useragent" => Field::UserAgent,
                _ => return None,
            })
        })
    }
}
