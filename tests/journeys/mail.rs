//! A relay that says later, and one that is not there.

use sealpress_tests::{Home, MailRelay, until};
use std::collections::BTreeSet;

use crate::{LONG, drop_all, enrolled};

#[test]
fn a_relay_that_says_later_is_asked_again_under_the_same_message_id() {
    let (home, relay) = (Home::new(), MailRelay::start());
    home.set("mail.transport", &relay.url());
    relay.refuse(Some("451 4.3.0 later"));
    let (prints, students) = enrolled(&home, 2);
    let _running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    let sendings = || -> BTreeSet<String> {
        let certificates = home.certificates();
        let ids = certificates.iter().filter_map(|one| one["id"].as_str());
        let shown = ids.map(|id| home.ask(&["cert", "show", id])["sendings"].clone());
        shown.filter_map(|sendings| sendings[0]["message_id"].as_str().map(str::to_owned)).collect()
    };
    let recorded =
        until("two recorded sendings", LONG, || Some(sendings()).filter(|ids| ids.len() == 2));
    assert!(relay.received().is_empty());
    // In force and verifiable, though the mail is not out.
    assert!(home.certificates().iter().all(|one| one["status"] == "issued"));

    relay.refuse(None);
    home.wait_for_closed(2, LONG);
    let received: BTreeSet<String> =
        relay.received().into_iter().map(|one| one.message_id).collect();
    assert_eq!(received, recorded);
    assert_eq!(relay.received().len(), 2);
}

#[test]
fn a_relay_that_is_not_there_holds_the_lane_which_resumes_by_itself() {
    let home = Home::new();
    // A port that is free now, and that nobody listens on.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    home.set("mail.transport", &format!("smtp://{address}"));
    let (prints, students) = enrolled(&home, 3);
    let mut running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    let held = until("a held lane", LONG, || {
        let lanes = home.ask(&["status"])["lanes"].as_array().expect("lanes").clone();
        lanes.into_iter().find(|lane| !lane["held"].is_null())
    });
    assert_eq!(held["name"], "post", "{held}");
    assert!(running.is_alive());

    let relay = MailRelay::start_at(address);
    home.wait_for_closed(3, LONG);
    assert_eq!(relay.received().len(), 3);
    let lanes = home.ask(&["status"])["lanes"].clone();
    assert!(lanes.as_array().expect("lanes").iter().all(|lane| lane["held"].is_null()), "{lanes}");
}
