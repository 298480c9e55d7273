//! Who is let in.

use super::*;

fn settings() -> ApiSettings {
    ApiSettings {
        hosts: vec!["support.example".to_owned(), "Internal:8443".to_owned()],
        origins: vec!["https://portal.example".to_owned()],
        ..ApiSettings::default()
    }
}

fn status(host: Option<&str>, origin: Option<&str>) -> Option<u16> {
    let mut headers = HeaderMap::new();
    for (name, value) in [(header::HOST, host), (header::ORIGIN, origin)] {
        if let Some(value) = value {
            headers.insert(name, value.parse().expect("a header"));
        }
    }
    check(&settings(), &Uri::from_static("/graphql"), &headers).err().map(|p| p.status.as_u16())
}

#[test]
fn loopback_and_listed_hosts_are_known() {
    for host in [
        "localhost",
        "localhost:8080",
        "LOCALHOST:80",
        "casebook.localhost",
        "127.0.0.1:8080",
        "127.1.2.3",
        "[::1]:8080",
        "[::1]",
        "support.example",
        "support.example:443",
        "support.example.",
        "internal:8443",
    ] {
        assert_eq!(status(Some(host), None), None, "{host}");
    }
}

#[test]
fn other_hosts_are_misdirected() {
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "internal",
        "support.example.evil",
        "",
        "[::2]:80",
    ] {
        assert_eq!(status(Some(host), None), Some(421), "{host}");
    }
    assert_eq!(status(None, None), Some(421));
}

#[test]
fn own_and_listed_origins_are_known() {
    for (host, origin) in [
        ("localhost:8080", "http://localhost:8080"),
        ("support.example", "https://support.example"),
        ("support.example:443", "https://support.example"),
        ("support.example", "https://portal.example"),
    ] {
        assert_eq!(status(Some(host), Some(origin)), None, "{host} {origin}");
    }
}

#[test]
fn other_origins_are_refused() {
    for origin in [
        "null",
        "https://evil.example",
        "http://localhost:3000",
        "http://localhost",
        "https://portal.example.evil",
        "http://portal.example",
        "file://",
        "https://",
    ] {
        assert_eq!(status(Some("localhost:8080"), Some(origin)), Some(403), "{origin}");
    }
}

#[test]
fn the_request_line_names_the_host_of_http_2() {
    let uri = Uri::from_static("http://evil.example/graphql");
    assert!(check(&settings(), &uri, &HeaderMap::new()).is_err());
    let uri = Uri::from_static("http://localhost:8080/graphql");
    assert!(check(&settings(), &uri, &HeaderMap::new()).is_ok());
}
