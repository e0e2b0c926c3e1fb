//! A way to a server that can be held up, cut, slowed and lost while it is in use.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// What happens to bytes on their way.
#[derive(Debug, Clone, Copy, Default)]
struct Weather {
    /// Nothing reaches the server. As with packets that vanish, what was sent comes when it is over.
    holds_to_server: bool,
    /// Nothing comes back.
    holds_to_client: bool,
    /// Connections are closed, and new ones too.
    is_cut: bool,
    /// How much later bytes come, each way.
    delay: Duration,
    /// Connections of before are forgotten, as by a firewall between: nothing passes on them any more, and nobody says so.
    epoch: u64,
}

/// The way.
pub struct Proxy {
    address: SocketAddr,
    server: String,
    weather: watch::Sender<Weather>,
    running: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Proxy {
    /// A way to the server of an address with a port, such as `postgres://user@host:port/database`.
    pub async fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = authority(url).to_owned();
        let weather = watch::Sender::new(Weather::default());
        let (told, to) = (weather.subscribe(), server.clone());
        let running = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let weather = *told.borrow();
                if weather.is_cut {
                    continue;
                }
                let server = TcpStream::connect(&to).await.unwrap();
                for stream in [&client, &server] {
                    stream.set_nodelay(true).unwrap();
                }
                let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
                let epoch = weather.epoch;
                tokio::spawn(carry(from_client, to_server, told.clone(), epoch, |weather| weather.holds_to_server));
                tokio::spawn(carry(from_server, to_client, told.clone(), epoch, |weather| weather.holds_to_client));
            }
        });
        Self { address, server, weather, running }
    }

    /// The same address by this way.
    pub fn through(&self, url: &str) -> String {
        url.replacen(&self.server, &self.address.to_string(), 1)
    }

    /// The address again without it.
    pub fn around(&self, url: &str) -> String {
        url.replacen(&self.address.to_string(), &self.server, 1)
    }

    /// Nothing passes, either way; nobody is told.
    pub fn hold(&self) {
        self.change(|weather| (weather.holds_to_server, weather.holds_to_client) = (true, true));
    }

    /// What is asked arrives, and no answer comes back.
    pub fn hold_answers(&self) {
        self.change(|weather| weather.holds_to_client = true);
    }

    /// Connections are closed, and new ones at once.
    pub fn cut(&self) {
        self.change(|weather| weather.is_cut = true);
    }

    /// Forgets the connections that there are; new ones are well.
    pub fn forget(&self) {
        self.change(|weather| *weather = Weather { epoch: weather.epoch + 1, ..Weather::default() });
    }

    /// Everything comes this much later, each way.
    pub fn delay(&self, by: Duration) {
        self.change(|weather| weather.delay = by);
    }

    /// All is well again, also for what was on its way.
    pub fn heal(&self) {
        self.change(|weather| *weather = Weather { epoch: weather.epoch, ..Weather::default() });
    }

    fn change(&self, change: impl FnOnce(&mut Weather)) {
        self.weather.send_modify(change);
    }
}

/// Host and port.
fn authority(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, after)| after);
    let authority = after.split('/').next().unwrap();
    authority.rsplit('@').next().unwrap()
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut told: watch::Receiver<Weather>,
    epoch: u64,
    holds: fn(&Weather) -> bool,
) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read.unwrap_or(0),
            _ = told.wait_for(|weather| weather.is_cut) => return,
        };
        let delay = told.borrow().delay;
        if !delay.is_zero() {
            sleep(delay).await;
        }
        // Also the news that the other side has closed.
        let passes = |weather: &Weather| weather.is_cut || !holds(weather) && weather.epoch == epoch;
        let Ok(weather) = told.wait_for(passes).await.map(|weather| *weather) else { return };
        if weather.is_cut || read == 0 || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
