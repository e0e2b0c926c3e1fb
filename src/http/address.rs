//! The address that a request comes from, behind proxies too.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

use crate::access::ClientAddress;

/// Each proxy appends whom it was asked by.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address: the socket's, or where that is a trusted proxy the one that it tells of, and so on from right to
/// left up to the first that is not trusted. What stands left of that anybody could have written, in any bytes: each entry is
/// read by itself.
pub fn of_request(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpNet]) -> ClientAddress {
    let mut client = ClientAddress::new(peer.ip());
    let told = headers.get_all(FORWARDED_FOR).into_iter().map(HeaderValue::as_bytes);
    let told: Vec<&[u8]> = told.flat_map(|value| value.split(|byte| *byte == b',')).collect();
    for entry in told.into_iter().rev() {
        if !trusted.iter().any(|network| network.contains(&client.ip())) {
            break;
        }
        match parse(entry) {
            Some(address) => client = ClientAddress::new(address),
            None => break,
        }
    }
    client
}

/// An address, as some proxies write it with its port.
fn parse(entry: &[u8]) -> Option<IpAddr> {
    let entry = str::from_utf8(entry).ok()?.trim();
    let bare = entry.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, told: &[&str], trusted: &[&str]) -> String {
        client_in_bytes(peer, &told.iter().map(|text| text.as_bytes()).collect::<Vec<_>>(), trusted)
    }

    fn client_in_bytes(peer: &str, told: &[&[u8]], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in told {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(value).expect("a header"));
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().expect("a network")).collect();
        of_request(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed_and_the_nearest_stranger_is_the_client() {
        let spoofed = ["1.1.1.1, 2.2.2.2", "192.0.2.9"];
        assert_eq!(client("203.0.113.5:1", &spoofed, &[]), "203.0.113.5");
        assert_eq!(client("203.0.113.5:1", &spoofed, &["10.0.0.0/8"]), "203.0.113.5");
        assert_eq!(client("10.1.2.3:1", &spoofed, &["10.0.0.0/8"]), "192.0.2.9");
        assert_eq!(client("10.1.2.3:1", &["1.1.1.1, 192.0.2.9, 10.9.9.9"], &["10.0.0.0/8"]), "192.0.2.9");
        assert_eq!(client("[::ffff:10.1.2.3]:1", &["192.0.2.9"], &["10.0.0.0/8"]), "192.0.2.9");
        assert_eq!(client("[fd00::1]:1", &["2001:db8::7"], &["fd00::/8"]), "2001:db8::7");
    }

    /// What the client wrote before its proxy appended the address hides nobody.
    #[test]
    fn odd_bytes_count_for_their_own_entry_only() {
        for told in [&b"\xff, 192.0.2.9"[..], b"1.1.1.1\xe9,\t192.0.2.9", b"\x80\x81 , , 192.0.2.9 "] {
            assert_eq!(client_in_bytes("10.1.2.3:1", &[told], &["10.0.0.0/8"]), "192.0.2.9", "{told:?}");
        }
        assert_eq!(client_in_bytes("10.1.2.3:1", &[b"192.0.2.9, \xff"], &["10.0.0.0/8"]), "10.1.2.3");
    }

    #[test]
    fn what_is_no_address_ends_the_chain() {
        for (told, expected) in [
            ("", "10.1.2.3"),
            ("nonsense", "10.1.2.3"),
            ("192.0.2.9, unknown", "10.1.2.3"),
            ("192.0.2.9:4711", "192.0.2.9"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
        ] {
            assert_eq!(client("10.1.2.3:1", &[told], &["10.0.0.0/8"]), expected, "{told}");
        }
        assert_eq!(client("10.1.2.3:1", &[], &["10.0.0.0/8"]), "10.1.2.3");
    }
}
