//! Where to, with which key.

use std::fmt;
use std::net::SocketAddr;

use hyper::Uri;
use hyper::http::HeaderValue;
use tokio::net::{TcpStream, lookup_host};

use crate::transport::NoAnswer;

/// A service to send to. Its key is never shown: neither by `Debug` nor by `Display`.
#[derive(Clone)]
pub struct Target {
    /// Host and port as the address names them.
    authority: String,
    /// The base path, without a slash at its end.
    path: String,
    addresses: Vec<SocketAddr>,
    bearer: HeaderValue,
}

/// Why an address cannot be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetFault {
    /// It is no address of a service.
    Unreadable(String),
    /// Its scheme is not spoken.
    Scheme(String),
    /// It has a place for a secret: a user, a password or a query. It is not repeated.
    Secret,
    /// Nobody knows the host.
    Unknown(String),
    /// The key has characters that no header can carry.
    Key,
}

impl fmt::Display for TargetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(url) => {
                write!(f, "`{url}` is no base URL: write http://HOST:PORT/v1")
            }
            Self::Scheme(url) => {
                write!(f, "`{url}` is not http: only http is spoken so far, https is not")
            }
            Self::Secret => f.write_str(
                "a base URL has no user, password or query: a key is not part of an address",
            ),
            Self::Unknown(why) => f.write_str(why),
            Self::Key => f.write_str("the key has characters that a header cannot carry"),
        }
    }
}

impl std::error::Error for TargetFault {}

impl Target {
    /// The target of a base URL, as clients have it in `OPENAI_BASE_URL`; without a path it is
    /// `/v1`. Its host is looked up once, so that what was looked at is what is sent to.
    pub async fn resolve(url: &str, key: &str) -> Result<Self, TargetFault> {
        // Whatever may be a secret is in no message, also where the rest cannot be read.
        if url.contains(['@', '?']) {
            return Err(TargetFault::Secret);
        }
        let unreadable = || TargetFault::Unreadable(url.to_owned());
        let uri: Uri = url.trim().parse().map_err(|_| unreadable())?;
        match uri.scheme_str() {
            Some("http") => {}
            Some(_) => return Err(TargetFault::Scheme(url.to_owned())),
            None => return Err(unreadable()),
        }
        let authority = uri.authority().ok_or_else(unreadable)?;
        let port = match uri.port_u16() {
            Some(port) => port,
            None if authority.as_str() == authority.host() => 80, // ours: HTTP's own port
            // A port that is none must not become another.
            None => return Err(unreadable()),
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let unknown = |why| TargetFault::Unknown(format!("cannot find {host}: {why}"));
        let addresses: Vec<_> =
            lookup_host((host, port)).await.map_err(|error| unknown(error.to_string()))?.collect();
        if addresses.is_empty() {
            return Err(unknown("it has no address".to_owned()));
        }
        let mut bearer =
            HeaderValue::try_from(format!("Bearer {key}")).map_err(|_| TargetFault::Key)?;
        bearer.set_sensitive(true);
        let path = match uri.path().trim_end_matches('/') {
            "" => "/v1",
            path => path,
        };
        Ok(Self { authority: authority.to_string(), path: path.to_owned(), addresses, bearer })
    }

    /// Makes a connection and lets it go: whether anybody listens there.
    ///
    /// # Errors
    /// When nobody does, and why.
    pub async fn reach(&self) -> Result<(), NoAnswer> {
        let reached = TcpStream::connect(self.addresses()).await;
        reached.map(drop).map_err(|error| NoAnswer::new(error.to_string()))
    }

    /// Whether every address of it is on this machine.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.addresses.iter().all(|address| address.ip().is_loopback())
    }

    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    pub(crate) fn bearer(&self) -> &HeaderValue {
        &self.bearer
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.path)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolved(url: &str) -> Result<Target, TargetFault> {
        Target::resolve(url, "secret").await
    }

    #[tokio::test]
    async fn an_address_on_this_machine_is_known_as_such() {
        for url in ["http://127.0.0.1:8429/v1", "http://localhost:1", "http://[::1]:80/v1/"] {
            let target = resolved(url).await.unwrap();
            assert!(target.is_here(), "{url}");
            assert_eq!(target.path(), "/v1");
        }
        assert!(!resolved("http://192.0.2.1/v1").await.unwrap().is_here());
    }

    #[tokio::test]
    async fn what_is_no_base_url_is_refused_with_what_would_be() {
        let no_ports = ["http://127.0.0.1:99999", "http://127.0.0.1:", "http://127.0.0.1:x/v1"];
        for url in no_ports {
            assert_eq!(resolved(url).await.unwrap_err(), TargetFault::Unreadable(url.to_owned()));
        }
        for url in ["", "127.0.0.1:80", "/v1", "http://"] {
            assert_eq!(resolved(url).await.unwrap_err(), TargetFault::Unreadable(url.to_owned()));
        }
        let https = resolved("https://127.0.0.1").await.unwrap_err();
        assert!(matches!(https, TargetFault::Scheme(_)));
        let torn = Target::resolve("http://127.0.0.1", "a\nb").await;
        assert_eq!(torn.unwrap_err(), TargetFault::Key);
    }

    #[tokio::test]
    async fn a_key_is_never_shown() {
        for url in
            ["http://me:secret@127.0.0.1", "http://h/?key=secret", "https://secret@h", "secret@"]
        {
            let fault = resolved(url).await.unwrap_err();
            assert_eq!(fault, TargetFault::Secret);
            assert!(!format!("{fault} {fault:?}").contains("secret"));
        }
        let target = resolved("http://127.0.0.1:8429").await.unwrap();
        assert_eq!(format!("{target}"), "http://127.0.0.1:8429/v1");
        assert!(!format!("{target:?} {:?}", target.bearer()).contains("secret"));
    }
}
