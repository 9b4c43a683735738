//! The pages of a home.

use std::net::TcpListener;
use std::time::Duration;

use crate::{Browser, Client, Home, Running, until};

/// A running `sealpress serve`. It ends with the test.
#[derive(Debug)]
pub struct Served {
    running: Running,
    url: String,
}

impl Served {
    /// Serves a home on a free port of this host, and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn start(home: &Home) -> Self {
        Self::start_with(home, "https")
    }

    /// Serves a home as it is served behind a proxy, which speaks HTTPS for it.
    ///
    /// # Panics
    /// As [`Self::start`].
    #[must_use]
    pub fn behind_a_proxy(home: &Home) -> Self {
        home.set("serve.tls", "null");
        Self::start_with(home, "http")
    }

    fn start_with(home: &Home, scheme: &str) -> Self {
        until("the pages of a home", Duration::from_secs(60), || {
            // Between finding a free port and using it another may take it: then once more.
            let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
            let address = free.expect("a free port");
            home.set("serve.listen", &address.to_string());
            let mut running = home.start("serve", &["serve"]);
            let url = format!("{scheme}://{address}");
            let client = Client::new(&url);
            while running.is_alive() {
                match client.send("GET", "/health", &[], None) {
                    Ok(answer) if answer.status == 200 => return Some(Self { running, url }),
                    Ok(_) | Err(_) => std::thread::sleep(Duration::from_millis(20)),
                }
            }
            None
        })
    }

    /// Where it is: `https://127.0.0.1:PORT`, behind a proxy `http://…`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Running {
        &mut self.running
    }

    /// A client of its own cookies.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// A browser that looks at it.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::open(&self.url)
    }
}
