//! One sending for each certificate; whatever the relay took bears its Message-ID and brings the
//! archived file, and a message that it took twice is the same to the byte.

use super::Certificate;
use crate::{Home, MailRelay, Received};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn broken(home: &Home, relay: &MailRelay, certificates: &[Certificate]) -> Vec<String> {
    let sendings = home
        .ask_ledger("SELECT certificate, message_id, address, state FROM sendings")
        .expect("a ledger that can be read");
    let received = relay.received();
    let mut by_id: BTreeMap<&str, Vec<&Received>> = BTreeMap::new();
    for message in &received {
        by_id.entry(&message.message_id).or_default().push(message);
    }
    let mut own: BTreeMap<&str, Vec<&Vec<String>>> = BTreeMap::new();
    for sending in &sendings {
        own.entry(&sending[0]).or_default().push(sending);
    }
    let mut found = Vec::new();
    for one in certificates {
        let Some([sending]) = own.get(one.id.as_str()).map(Vec::as_slice) else {
            found.push(format!("{} has not one sending", one.id));
            continue;
        };
        if sending[3] != "accepted" {
            found.push(format!("the sending of {} is {}", one.id, sending[3]));
        }
        let messages = by_id.remove(sending[1].as_str()).unwrap_or_default();
        if messages.is_empty() {
            found.push(format!("nobody was mailed {}", one.id));
        }
        if messages.iter().map(|message| &message.digest).collect::<BTreeSet<_>>().len() > 1 {
            found.push(format!("{} was mailed twice, and not the same", one.id));
        }
        for message in messages {
            if message.to != [sending[2].clone()] {
                found.push(format!("{} went to another than the ledger says", one.id));
            }
            if message.attached.as_ref() != Some(&one.hash) {
                found.push(format!("{} was mailed with another file than is archived", one.id));
            }
        }
    }
    found.extend(by_id.keys().map(|id| format!("{id} was mailed for no certificate")));
    found
}
