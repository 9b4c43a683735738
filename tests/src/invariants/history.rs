//! Each certificate went its way once and in order; the audit follows the chain itself.

use super::Certificate;
use crate::Home;
use std::collections::BTreeMap;

/// What happens once to each certificate, in this order.
const WAY: [&str; 5] = ["accepted", "issued", "sending_queued", "sending_accepted", "closed"];

pub(super) fn broken(home: &Home, certificates: &[Certificate]) -> Vec<String> {
    let events = home
        .ask_ledger(
            "SELECT certificate, kind FROM events WHERE certificate IS NOT NULL ORDER BY seq",
        )
        .expect("a ledger that can be read");
    let mut ways: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for event in &events {
        if WAY.contains(&&*event[1]) {
            ways.entry(&event[0]).or_default().push(&event[1]);
        }
    }
    let mut found = Vec::new();
    for one in certificates {
        let way = ways.remove(one.id.as_str()).unwrap_or_default();
        if way != WAY {
            found.push(format!("{} went this way: {way:?}", one.id));
        }
    }
    found.extend(ways.keys().map(|id| format!("{id} went a way and is no certificate")));
    found
}
