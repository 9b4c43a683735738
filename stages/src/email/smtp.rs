//! Mail through an SMTP relay. Connections are kept open between messages.
//!
//! The conversation is led here, a command at a time, for two reasons: what a refusal means
//! depends on what it answers, and a connection on which an answer was not waited for must never
//! be used again (its next answer would be taken for another message's).

mod answer;
mod relay;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Noop, Rcpt, Rset};
use lettre::transport::smtp::response::{Response, Severity};
use sealpress_config::{Home, Mail};
use sealpress_faults as faults;
use sealpress_ledger::Sending;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};

use super::message::Written;
use super::{Accepted, EmailError, Mailer};
use crate::StageError;
use answer::{Failure, Step, judge};
use relay::Relay;

/// How long an answer is waited for. RFC 5321 section 4.5.3.2 allows minutes; a relay of the
/// school's own answers in seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Relays close connections that are silent for minutes; one that was used just now is alive.
const IDLE: Duration = Duration::from_secs(60);

/// More open connections than workers are of no use, and relays count them.
const MOST_OPEN: usize = 8;

/// Longest piece of a relay's answer that is kept.
const LONGEST_ANSWER: usize = 200;

pub(super) struct SmtpMailer {
    relay: Relay,
    /// How long a whole message may take, with the relay's virus scanner.
    patience: Duration,
    open: Mutex<Vec<Open>>,
}

/// A connection between two messages.
struct Open {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl SmtpMailer {
    pub(super) fn new(home: &Home, url: &str, mail: &Mail) -> Result<Self, EmailError> {
        let relay = Relay::new(home, url, mail)?;
        Ok(Self { relay, patience: mail.patience.0, open: Mutex::default() })
    }

    /// A connection that answers: one that is open, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Failure> {
        while let Some(mut open) = self.take() {
            let fresh = open.since.elapsed() < IDLE;
            if fresh && answered(PATIENCE, open.connection.command(Noop)).await.is_ok() {
                return Ok(open.connection);
            }
        }
        timeout(PATIENCE, self.relay.connect()).await.map_err(|_| Failure::Silent)?
    }

    fn take(&self) -> Option<Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() < MOST_OPEN {
            open.push(Open { connection, since: Instant::now() });
        }
    }

    async fn deliver(&self, message: Written) -> Result<Accepted, StageError> {
        let mut connection =
            self.connection().await.map_err(|failure| judge(Step::Connect, &failure))?;
        match converse(&mut connection, message, self.patience).await {
            Ok(answer) => {
                self.keep(connection);
                Ok(Accepted { answer })
            }
            Err((step, failure)) => {
                // A connection that said no in so many words is in step, and good for the next.
                let said_no = matches!(failure, Failure::Said { .. });
                if said_no && answered(PATIENCE, connection.command(Rset)).await.is_ok() {
                    self.keep(connection);
                }
                Err(judge(step, &failure))
            }
        }
    }
}

impl Mailer for SmtpMailer {
    fn send<'a>(
        &'a self,
        _: &'a Sending,
        message: Written,
    ) -> Pin<Box<dyn Future<Output = Result<Accepted, StageError>> + Send + 'a>> {
        Box::pin(self.deliver(message))
    }
}

/// One message; the relay's last answer, or where it went wrong.
async fn converse(
    connection: &mut AsyncSmtpConnection,
    message: Written,
    patience: Duration,
) -> Result<String, (Step, Failure)> {
    let at = |step| move |failure| (step, failure);
    let sender = connection.command(MailFrom::new(Some(message.from), Vec::new()));
    yes(PATIENCE, sender).await.map_err(at(Step::Sender))?;
    let recipient = connection.command(Rcpt::new(message.to, Vec::new()));
    yes(PATIENCE, recipient).await.map_err(at(Step::Recipient))?;
    let broken = |_| (Step::Message, Failure::Broken("connection"));
    faults::before("smtp-data").map_err(broken)?;
    let data = answered(PATIENCE, connection.command(Data)).await.map_err(at(Step::Message))?;
    faults::after("smtp-data").map_err(broken)?;
    if data.code().severity != Severity::PositiveIntermediate {
        return Err((Step::Message, OUT_OF_STEP));
    }
    faults::before("smtp-answer").map_err(broken)?;
    let taken = yes(patience, connection.message(&message.bytes)).await;
    let taken = taken.map_err(at(Step::Message))?;
    faults::after("smtp-answer").map_err(broken)?;
    Ok(short(&taken))
}

/// An answer that does not fit what was said.
const OUT_OF_STEP: Failure = Failure::Broken("protocol");

/// A positive answer that asks for nothing more.
async fn yes(
    patience: Duration,
    answer: impl Future<Output = Result<Response, Error>>,
) -> Result<Response, Failure> {
    let response = answered(patience, answer).await?;
    match response.code().severity {
        Severity::PositiveCompletion => Ok(response),
        _ => Err(OUT_OF_STEP),
    }
}

async fn answered(
    patience: Duration,
    answer: impl Future<Output = Result<Response, Error>>,
) -> Result<Response, Failure> {
    match timeout(patience, answer).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(Failure::of(&error)),
        Err(_) => Err(Failure::Silent),
    }
}

/// The relay's answer as far as it is of use: code and first words, on one line.
fn short(response: &Response) -> String {
    let said: Vec<&str> = response.message().collect();
    let said = format!("{} {}", response.code(), said.join(" "));
    said.chars().filter(|c| !c.is_control()).take(LONGEST_ANSWER).collect()
}
