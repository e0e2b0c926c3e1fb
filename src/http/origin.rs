//! Which web pages may open a socket: our own, and those of the settings. A browser sends the origin of the page with
//! each handshake; what is no browser sends none.

use axum::http::{HeaderMap, header};

/// Whether a handshake with these headers comes from a page that may.
pub fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if allowed.iter().any(|one| one == origin) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    host.is_some() && authority == host
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "localhost:8080".parse().expect("a header"));
        headers.insert(header::ORIGIN, origin.parse().expect("a header"));
        headers
    }

    #[test]
    fn only_our_own_pages_and_those_of_the_settings_may() {
        assert!(is_allowed(&HeaderMap::new(), &[]));
        assert!(is_allowed(&headers("http://localhost:8080"), &[]));
        assert!(!is_allowed(&headers("https://elsewhere.example"), &[]));
        assert!(!is_allowed(&headers("null"), &[]));
        assert!(is_allowed(&headers("https://shop.example"), &["https://shop.example".to_owned()]));
    }
}
