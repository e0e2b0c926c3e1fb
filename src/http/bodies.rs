//! Reading bodies: within a bound of bytes and of time, and no more at once from one address than it may send. What is
//! read before anybody has said who it is takes memory from all.

use std::net::IpAddr;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::places::{Seat, Seats};
use crate::{access::ClientAddress, config::Limits};

/// Why a body is not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRead {
    /// It is larger than one may be.
    TooLarge,
    /// Its address sends as much as it may already.
    TooMany,
    /// It took too long to come.
    TooSlow,
    /// It ended too soon.
    Cut,
}

/// Bytes of bodies that are on their way, by address.
#[derive(Clone, Default)]
pub struct Bodies(Seats<IpAddr>);

/// A body, whose bytes count as long as it is kept.
pub struct Held {
    bytes: BytesMut,
    seat: Seat<IpAddr>,
}

impl Bodies {
    /// Reads a body.
    pub async fn read(&self, body: Body, from: ClientAddress, limits: &Limits) -> Result<Held, NotRead> {
        let mut held = Held { bytes: BytesMut::new(), seat: self.0.none(from.network()) };
        let all = async {
            let mut chunks = body.into_data_stream();
            while let Some(chunk) = chunks.next().await {
                held.take(&chunk.map_err(|_| NotRead::Cut)?, limits)?;
            }
            Ok(())
        };
        timeout(limits.body_timeout(), all).await.unwrap_or(Err(NotRead::TooSlow))?;
        Ok(held)
    }
}

impl Held {
    /// What was read.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn take(&mut self, chunk: &Bytes, limits: &Limits) -> Result<(), NotRead> {
        if self.bytes.len() + chunk.len() > limits.body_bytes {
            return Err(NotRead::TooLarge);
        }
        if !self.seat.grow(chunk.len(), limits.bodies_bytes_per_address) {
            return Err(NotRead::TooMany);
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_holds_so_much_at_once_and_gets_it_back() {
        let bodies = Bodies::default();
        let limits = Limits { body_bytes: 60, bodies_bytes_per_address: 100, ..Limits::default() };
        let read = async |bytes: usize, from: &str| {
            let from = ClientAddress::new(from.parse().expect("an address"));
            bodies.read(Body::from(vec![b' '; bytes]), from, &limits).await
        };
        assert_eq!(read(61, "192.0.2.1").await.err(), Some(NotRead::TooLarge));
        let first = read(60, "192.0.2.1").await;
        assert_eq!(read(41, "192.0.2.1").await.err(), Some(NotRead::TooMany));
        assert!(read(40, "192.0.2.1").await.is_ok() && read(60, "192.0.2.2").await.is_ok());
        drop(first);
        assert!(read(60, "192.0.2.1").await.is_ok());
        assert!(bodies.0.is_empty(), "nothing is remembered of who holds nothing");
    }
}
