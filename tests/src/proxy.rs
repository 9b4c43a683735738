//! A network between two programs of this host that can be slow, or break off.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How the network is now.
#[derive(Debug, Clone, Copy)]
pub enum Network {
    /// As good as none.
    Good,
    /// Every piece of an answer takes so long.
    Slow(Duration),
    /// Every connection breaks after so many bytes of answers.
    BreaksAfter(usize),
}

/// A proxy that ends with the test.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    network: Arc<Mutex<Network>>,
}

impl Proxy {
    /// Stands before the server at `to`.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn before(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let network = Arc::new(Mutex::new(Network::Good));
        let shared = Arc::clone(&network);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(to) else { continue };
                join(client, server, &shared).ok();
            }
        });
        Self { address, network }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes the network another one from now on, for connections that are open too.
    pub fn becomes(&self, network: Network) {
        *self.network.lock().unwrap_or_else(PoisonError::into_inner) = network;
    }
}

fn join(client: TcpStream, server: TcpStream, network: &Arc<Mutex<Network>>) -> io::Result<()> {
    let (mut asks, mut asked) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        io::copy(&mut asks, &mut asked).ok();
        asked.shutdown(Shutdown::Both).ok();
    });
    let network = Arc::clone(network);
    thread::spawn(move || {
        answers(&server, &client, &network).ok();
        client.shutdown(Shutdown::Both).ok();
        server.shutdown(Shutdown::Both).ok();
    });
    Ok(())
}

/// Carries answers until either end is gone, or the network breaks.
fn answers(
    mut server: &TcpStream,
    mut client: &TcpStream,
    network: &Mutex<Network>,
) -> io::Result<()> {
    let (mut piece, mut carried) = ([0; 4096], 0);
    loop {
        let length = server.read(&mut piece)?;
        if length == 0 {
            return Ok(());
        }
        let now = *network.lock().unwrap_or_else(PoisonError::into_inner);
        let let_through = match now {
            Network::Good => length,
            Network::Slow(delay) => {
                thread::sleep(delay);
                length
            }
            Network::BreaksAfter(most) => length.min(most.saturating_sub(carried)),
        };
        client.write_all(&piece[..let_through])?;
        if let_through < length {
            return Ok(());
        }
        carried += length;
    }
}
