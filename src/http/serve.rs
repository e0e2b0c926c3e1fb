//! Listening: connections with a bound, a deadline for headers, and an orderly end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    patience::Patient,
    places::{Connections, Sockets},
};
use crate::{app::App, config::Limits};

/// How much longer than a socket, which tells its client why it is closed, a connection waits for what should leave.
const GRACE: Duration = Duration::from_secs(5);
/// How long connections may take to end when the server goes down.
const DRAIN_DEADLINE: Duration = Duration::from_secs(10);
/// How long to wait after an accept failed, for example for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A listening server.
pub struct Server {
    listener: TcpListener,
    router: Router,
    sockets: Sockets,
    connections: Arc<Semaphore>,
    by_address: Connections,
    deadlines: Deadlines,
    shutdown: CancellationToken,
}

/// How long clients may take.
#[derive(Debug, Clone, Copy)]
struct Deadlines {
    /// For the head of a request.
    head: Duration,
    /// For what waits to leave.
    write: Duration,
}

impl Deadlines {
    fn of(limits: &Limits) -> Self {
        Self { head: limits.header_timeout(), write: limits.write_timeout() + GRACE }
    }
}

/// Opens the port of the settings.
pub async fn bind(app: App, shutdown: CancellationToken) -> io::Result<Server> {
    let listener = TcpListener::bind(app.settings.listen).await?;
    let limit = app.settings.limits.connections;
    let deadlines = Deadlines::of(&app.settings.limits);
    let by_address = Connections::new(app.settings.limits.connections_per_address, &app.settings.trusted_proxies);
    let sockets = Sockets::new(limit, shutdown.clone());
    let router = super::router(app, sockets.clone());
    let connections = Arc::new(Semaphore::new(limit));
    Ok(Server { listener, router, sockets, connections, by_address, deadlines, shutdown })
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until it is shut down, then lets running requests end and tells sockets to connect elsewhere.
    pub async fn run(self) {
        let tasks = TaskTracker::new();
        loop {
            let Ok(place) = self.connections.clone().acquire_owned().await else { break };
            let accepted = tokio::select! {
                () = self.shutdown.cancelled() => break,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    // One host does not take all places: what is too many of it is closed unheard.
                    let Some(seat) = self.by_address.seat(peer.ip()) else { continue };
                    let (router, deadlines, shutdown) = (self.router.clone(), self.deadlines, self.shutdown.clone());
                    tasks.spawn(async move {
                        serve(stream, peer, router, deadlines, shutdown).await;
                        drop((place, seat));
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(self.listener);
        tasks.close();
        let drained = async { tokio::join!(tasks.wait(), self.sockets.drained()) };
        if tokio::time::timeout(DRAIN_DEADLINE, drained).await.is_err() {
            tracing::warn!("some connections were cut off");
        }
    }
}

/// Serves one connection; when the server goes down, the request that runs is the last.
async fn serve(stream: TcpStream, peer: SocketAddr, router: Router, deadlines: Deadlines, shutdown: CancellationToken) {
    // Without this, small answers wait for the client's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(deadlines.head)
        .serve_connection(TokioIo::new(Patient::new(stream, deadlines.write)), service)
        .with_upgrades();
    tokio::pin!(connection);
    // Errors here are clients that went away in the middle, which is everyday.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
