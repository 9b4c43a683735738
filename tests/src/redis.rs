//! A Redis server of the test's own: on a free port of this host, without a file.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::until;

/// A Redis server that ends with the test.
#[derive(Debug)]
pub struct RedisServer {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl RedisServer {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    /// When there is no `redis-server`, or it does not answer.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (child, port) = until("a Redis server", Duration::from_secs(20), || {
            // Between finding a free port and using it another may take it: then once more.
            let port =
                TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).ok()?.port();
            Some((serve(port, folder.path())?, port))
        });
        Self { child, port, folder }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Ends it; nobody answers at its address.
    ///
    /// # Panics
    /// When it does not end.
    pub fn stop(&mut self) {
        self.child.kill().expect("our own child");
        self.child.wait().expect("our own child");
    }

    /// Starts it again at its address, with nothing in it.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        self.child = until("the Redis server again", Duration::from_secs(20), || {
            serve(self.port, self.folder.path())
        });
    }

    /// Changes its configuration.
    ///
    /// # Panics
    /// When the server does not do it.
    pub fn set(&self, key: &str, value: &str) {
        assert_eq!(ask(self.port, &format!("CONFIG SET {key} {value}")).as_deref(), Some("+OK"));
    }

    /// What `queue:` in the configuration must say.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Forgets everything.
    ///
    /// # Panics
    /// When the server does not do it.
    pub fn flush(&self) {
        assert_eq!(ask(self.port, "FLUSHALL").as_deref(), Some("+OK"));
    }

    /// How many keys it holds.
    ///
    /// # Panics
    /// When the server does not say.
    #[must_use]
    pub fn keys(&self) -> u64 {
        let answer = ask(self.port, "DBSIZE").expect("an answer");
        answer.trim_start_matches(':').parse().expect("a number")
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A server at this port that answers; none where the port is taken.
fn serve(port: u16, folder: &Path) -> Option<Child> {
    let mut child = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(["--port", &port.to_string()])
        .arg("--dir")
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is installed (tests/setup.sh)");
    loop {
        match ask(port, "PING").as_deref() {
            Some("+PONG") => return Some(child),
            _ if child.try_wait().expect("our own child").is_some() => return None,
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn ask(port: u16, command: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(format!("{command}\r\n").as_bytes()).ok()?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).ok()?;
    Some(answer.trim_end().to_owned())
}
