//! A mail relay on this host that keeps what it is given, and can say no.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::sha256;

/// A message that the relay took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Envelope sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// The header `Message-ID`, with its brackets.
    pub message_id: String,
    /// Size of the message in bytes.
    pub bytes: usize,
    /// SHA-256 of the whole message, in hexadecimal.
    pub digest: String,
    /// SHA-256 of the PDF that it brings, where it brings one.
    pub attached: Option<String>,
}

/// Where in a conversation the relay says something of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// Instead of its greeting; then it hangs up.
    Greeting,
    /// To each recipient.
    Recipient,
    /// To each message, which it does not take.
    Message,
}

#[derive(Debug, Default)]
struct Book {
    received: Vec<Received>,
    answers: BTreeMap<At, String>,
    /// So many messages are taken, and the answer is lost.
    lost: usize,
    /// Messages are read a byte a second.
    trickles: bool,
}

impl Book {
    fn answer(&self, at: At) -> Option<String> {
        self.answers.get(&at).cloned()
    }
}

/// A mail relay that ends with the test.
#[derive(Debug)]
pub struct MailRelay {
    address: SocketAddr,
    book: Arc<Mutex<Book>>,
}

impl MailRelay {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn start() -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into())
    }

    /// Starts one at this address.
    ///
    /// # Panics
    /// When the address is taken.
    #[must_use]
    pub fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let book = Arc::new(Mutex::new(Book::default()));
        let shared = Arc::clone(&book);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let book = Arc::clone(&shared);
                // A client that is killed in the middle of a message breaks its connection only.
                thread::spawn(move || serve(stream, &book).ok());
            }
        });
        Self { address, book }
    }

    /// What `mail.transport` in the configuration must say.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Every message so far, in order of arrival.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).received.clone()
    }

    /// Answers every recipient so from now on (`451 4.3.0 later`), or takes mail again.
    pub fn refuse(&self, answer: Option<&str>) {
        self.says(At::Recipient, answer);
    }

    /// Says this there from now on, or what a relay says that takes mail.
    pub fn says(&self, at: At, answer: Option<&str>) {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Some(answer) => book.answers.insert(at, answer.to_owned()),
            None => book.answers.remove(&at),
        };
    }

    /// Takes the next `count` messages, and hangs up before it says so.
    pub fn loses_answers(&self, count: usize) {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).lost = count;
    }

    /// Reads messages a byte a second, or as they come.
    pub fn trickles(&self, trickles: bool) {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).trickles = trickles;
    }
}

fn serve(stream: TcpStream, book: &Mutex<Book>) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    let mut say = |line: &str| writer.write_all(format!("{line}\r\n").as_bytes());
    let (mut from, mut to) = (String::new(), Vec::new());
    let said = |at| book.lock().unwrap_or_else(PoisonError::into_inner).answer(at);
    if let Some(answer) = said(At::Greeting) {
        return say(&answer);
    }
    say("220 relay.test ESMTP")?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let word = line.split_once([' ', ':']).map_or(line, |(word, _)| word);
        match word.to_ascii_uppercase().as_str() {
            "EHLO" => say("250-relay.test\r\n250-8BITMIME\r\n250 SIZE 50000000")?,
            "HELO" | "NOOP" | "RSET" => say("250 ok")?,
            "MAIL" => {
                from = address(line);
                to.clear();
                say("250 ok")?;
            }
            "RCPT" => match said(At::Recipient) {
                Some(answer) => say(&answer)?,
                None => {
                    to.push(address(line));
                    say("250 ok")?;
                }
            },
            "DATA" => {
                say("354 go on")?;
                let message = read_message(&mut reader, book)?;
                if let Some(answer) = said(At::Message) {
                    say(&answer)?;
                    continue;
                }
                let received = Received {
                    from: from.clone(),
                    to: to.clone(),
                    message_id: header(&message, "message-id:"),
                    bytes: message.len(),
                    digest: sha256(&message),
                    attached: attached(&message).map(|pdf| sha256(&pdf)),
                };
                // Written down before the answer: a client that is killed in between sends the
                // same message again, and the test must see both.
                let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
                book.received.push(received);
                if book.lost > 0 {
                    book.lost -= 1;
                    return Ok(());
                }
                drop(book);
                say("250 2.0.0 taken")?;
            }
            "QUIT" => return say("221 bye"),
            _ => say("502 what?")?,
        }
    }
}

/// The address between `<` and `>`.
fn address(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map(|(address, _)| address.to_owned()).unwrap_or_default()
}

/// Reads a message to its lone dot. One that breaks off is an error, and counts for nothing.
fn read_message(reader: &mut impl BufRead, book: &Mutex<Book>) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    while book.lock().unwrap_or_else(PoisonError::into_inner).trickles {
        let mut byte = [0];
        reader.read_exact(&mut byte)?;
        message.extend(byte);
        thread::sleep(Duration::from_secs(1));
    }
    loop {
        let begun = message.len();
        if reader.read_until(b'\n', &mut message)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if &message[begun..] == b".\r\n" {
            message.truncate(begun);
            return Ok(message);
        }
    }
}

/// The rest of the first line that begins so; `wanted` is in lower case.
fn header(message: &[u8], wanted: &str) -> String {
    let mut lines = message.split(|byte| *byte == b'\n');
    let found = lines.find(|line| line.to_ascii_lowercase().starts_with(wanted.as_bytes()));
    found
        .map(|line| String::from_utf8_lossy(&line[wanted.len()..]).trim().to_owned())
        .unwrap_or_default()
}

/// The PDF in a message, which stands in it as Base64 (RFC 2045, section 6.8).
fn attached(message: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(message).ok()?;
    let mut lines = text.lines().map(str::trim_end);
    lines.find(|line| line.to_ascii_lowercase().starts_with("content-type: application/pdf"))?;
    let body = lines.skip_while(|line| !line.is_empty()).skip(1);
    let encoded: String = body.take_while(|line| !line.starts_with("--")).collect();
    STANDARD.decode(encoded).ok()
}
