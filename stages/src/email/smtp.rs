//! Mail through an SMTP relay. Connections are kept open between messages.

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use sealpress_config::{Home, Mail};
use sealpress_ledger::{Reason, Sending};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::{Accepted, EmailError, Mailer};
use crate::StageError;

/// RFC 5321 section 4.5.3.2 allows minutes; a relay of the school's own answers in seconds.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl SmtpMailer {
    pub(super) fn new(home: &Home, url: &str, mail: &Mail) -> Result<Self, EmailError> {
        let refuse =
            || EmailError::Transport(format!("“{url}” is no relay; write smtp://HOST:PORT"));
        let (scheme, place) = url.split_once("://").ok_or_else(refuse)?;
        let place = place.trim_end_matches('/');
        let wrapped = scheme == "smtps";
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| refuse())?),
            None => (place, if wrapped { 465 } else { 25 }),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(refuse());
        }
        let tls = TlsParameters::new(host.to_owned())
            .map_err(|error| EmailError::Transport(error.to_string()))?;
        let login = mail.user.is_some() && !matches!(host, "localhost" | "127.0.0.1" | "::1");
        let tls = match (wrapped, login) {
            (true, _) => Tls::Wrapper(tls),
            // A password never leaves the machine in the clear.
            (false, true) => Tls::Required(tls),
            (false, false) => Tls::Opportunistic(tls),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .timeout(Some(PATIENCE))
            .pool_config(PoolConfig::new().max_size(8));
        if let (Some(user), Some(password)) = (&mail.user, &mail.password) {
            builder =
                builder.credentials(Credentials::new(user.clone(), password.read_line(home)?));
        }
        Ok(Self { transport: builder.build() })
    }
}

impl Mailer for SmtpMailer {
    fn send<'a>(
        &'a self,
        _: &'a Sending,
        message: Message,
    ) -> Pin<Box<dyn Future<Output = Result<Accepted, StageError>> + Send + 'a>> {
        Box::pin(async move {
            match self.transport.send(message).await {
                Ok(response) => {
                    let said: Vec<&str> = response.message().collect();
                    Ok(Accepted { answer: format!("{} {}", response.code(), said.join(" ")) })
                }
                Err(error) => Err(judge(&error)),
            }
        })
    }
}

/// What a failure means. What the relay says may repeat the address, so only its codes are kept.
fn judge(error: &Error) -> StageError {
    let Some(status) = error.status() else { return StageError::Hold(no_answer(&kind(error))) };
    let status = u16::from(status);
    let enhanced = enhanced_status(&error.to_string());
    let code = enhanced
        .as_ref()
        .map_or_else(|| status.to_string(), |(_, text)| format!("{status} {text}"));
    match (status, enhanced.map(|(subject, _)| subject)) {
        // 421: the relay closes; 530, 535 and their like: it does not let us in at all.
        (421 | 454 | 530 | 534 | 535 | 538, _) => StageError::Hold(no_answer(&code)),
        (400..=499, _) => StageError::Retry(later(&code)),
        (550 | 551 | 553, Some(1) | None) | (500..=599, Some(1)) => {
            StageError::Reject(address_refused(&code))
        }
        _ => StageError::Reject(mail_refused(&code)),
    }
}

fn kind(error: &Error) -> String {
    let kind = if error.is_timeout() {
        "timeout"
    } else if error.is_tls() {
        "TLS"
    } else {
        "connection"
    };
    kind.to_owned()
}

/// The enhanced status code (RFC 3463) in an answer, and its subject: 1 is addressing.
fn enhanced_status(answer: &str) -> Option<(u8, String)> {
    answer.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| {
        let parts: Vec<&str> = word.split('.').collect();
        let [class, subject, detail] = parts.as_slice() else { return None };
        let fits = matches!(*class, "4" | "5") && detail.parse::<u16>().is_ok() && word.len() <= 9;
        subject.parse().ok().filter(|_| fits).map(|subject| (subject, word.to_owned()))
    })
}

fn no_answer(code: &str) -> Reason {
    Reason::new(
        "relay_down",
        [
            format!("郵件主機沒有回應或拒絕連線（{code}）。"),
            format!("The mail relay does not answer or does not let us in ({code})."),
        ],
        [
            "請檢查郵件主機、網路與 mail 設定；恢復後會自動繼續寄送。",
            "Check the relay, the network and the section mail of the configuration; mail resumes by itself.",
        ],
    )
}

fn later(code: &str) -> Reason {
    Reason::new(
        "relay_later",
        [
            format!("郵件主機要求稍後再試（{code}）。"),
            format!("The mail relay asks to try later ({code})."),
        ],
        ["系統會自動再試。", "It is tried again by itself."],
    )
}

fn address_refused(code: &str) -> Reason {
    Reason::new(
        "address_refused",
        [
            format!("收件地址不存在或被拒收（{code}）。"),
            format!("The address does not exist or is refused ({code})."),
        ],
        [
            "請向畢業生確認地址，更正名冊後以 sealpress jobs retry 重試。證書已發證並歸檔。",
            "Ask the graduate for an address, mend the roster, then run `sealpress jobs retry`. The certificate is issued and archived.",
        ],
    )
}

fn mail_refused(code: &str) -> Reason {
    Reason::new(
        "mail_refused",
        [
            format!("郵件主機拒收此郵件（{code}）。"),
            format!("The mail relay refuses the message ({code})."),
        ],
        [
            "請洽郵件主機管理者了解原因，再以 sealpress jobs retry 重試。",
            "Ask whoever runs the relay why, then run `sealpress jobs retry`.",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enhanced_codes_are_read_and_addresses_are_not_kept() {
        let answer = "permanent error (550): 5.1.1 <someone@example.org>: user unknown";
        assert_eq!(enhanced_status(answer), Some((1, "5.1.1".into())));
        assert_eq!(enhanced_status("permanent error (550): no such user at 10.2.3.4"), None);
    }
}
