//! A relay that answers by script.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};

/// What it answers; an empty answer closes the connection instead, `…` keeps silent.
#[derive(Clone, Copy)]
pub(super) struct Script {
    pub(super) greeting: &'static str,
    pub(super) hello: &'static str,
    pub(super) sender: &'static str,
    pub(super) recipient: &'static str,
    pub(super) data: &'static str,
    pub(super) message: &'static str,
    pub(super) login: &'static str,
    pub(super) check: &'static str,
}

pub(super) const POLITE: Script = Script {
    greeting: "220 relay.test",
    hello: "250-relay.test\r\n250 AUTH PLAIN",
    sender: "250 2.1.0 ok",
    recipient: "250 2.1.5 ok",
    data: "354 go on",
    message: "250 2.0.0 taken as A1",
    login: "235 2.7.0 welcome",
    check: "250 ok",
};

/// What one connection was told: commands, and the messages between them.
#[derive(Default, Clone)]
pub(super) struct Heard {
    pub(super) commands: Vec<String>,
    pub(super) messages: Vec<Vec<u8>>,
}

pub(super) struct Relay {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Relay {
    pub(super) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(script));
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let (its_script, its_heard) = (Arc::clone(&script), Arc::clone(&heard));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let at = its_heard.lock().unwrap().len();
                its_heard.lock().unwrap().push(Heard::default());
                let (script, heard) = (Arc::clone(&its_script), Arc::clone(&its_heard));
                tokio::spawn(async move {
                    // A client that goes away ends its own conversation only.
                    let _ = converse(stream, &script, &heard, at).await;
                });
            }
        });
        Self { address, script, heard }
    }

    pub(super) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Answers so from now on.
    pub(super) fn follow(&self, script: Script) {
        *self.script.lock().unwrap() = script;
    }

    /// What each connection was told so far.
    pub(super) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

async fn converse(
    stream: TcpStream,
    script: &Mutex<Script>,
    heard: &Mutex<Vec<Heard>>,
    at: usize,
) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let greeting = script.lock().unwrap().greeting;
    say(&mut writer, greeting).await?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end().to_owned();
        let now = *script.lock().unwrap();
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => now.hello,
            "AUTH" => now.login,
            "MAIL" => now.sender,
            "RCPT" => now.recipient,
            "DATA" => now.data,
            "NOOP" => now.check,
            "RSET" => "250 ok",
            "QUIT" => "221 bye",
            _ => "502 what?",
        };
        heard.lock().unwrap()[at].commands.push(line);
        say(&mut writer, answer).await?;
        if answer.starts_with("354") {
            let mut message = Vec::new();
            while !message.ends_with(b"\r\n.\r\n") {
                if reader.read_until(b'\n', &mut message).await? == 0 {
                    return Ok(());
                }
            }
            heard.lock().unwrap()[at].messages.push(message);
            say(&mut writer, now.message).await?;
        }
    }
}

async fn say(writer: &mut OwnedWriteHalf, answer: &str) -> std::io::Result<()> {
    match answer {
        "" => Err(std::io::ErrorKind::ConnectionAborted.into()),
        "…" => std::future::pending().await,
        answer => writer.write_all(format!("{answer}\r\n").as_bytes()).await,
    }
}
