//! A page whose text no program can read waits for a person.

use sealpress_tests::{Home, Picture, until};

use crate::accepted::archived_file;
use crate::{LONG, fixture, roster_of_the_fixtures, sidecar};

#[test]
fn a_scan_waits_for_approval_and_then_goes_on() {
    let home = Home::new();
    home.import(&roster_of_the_fixtures(&["工學士"]));
    let _running = home.start("run", &["run"]);
    home.drop("scan.pdf", &fixture("scan-jpg.pdf"));
    home.drop("scan.yaml", sidecar("工學士").as_bytes());
    let id = until("a certificate that waits", LONG, || {
        let waiting = home.ask(&["cert", "list", "--waiting"]);
        waiting[0]["id"].as_str().map(str::to_owned)
    });
    let waiting = &home.certificates()[0];
    assert_eq!(
        (&waiting["status"], &waiting["waiting_for"]),
        (&"pending".into(), &"approval".into())
    );
    assert!(home.files("archive").is_empty(), "nothing is signed before a person looked");

    let _ = home.ask(&["cert", "approve", &id]);
    home.wait_for_closed(1, LONG);
    let events = home.ask(&["cert", "show", &id])["events"].to_string();
    assert!(events.contains("approved"), "{events}");

    // The scan is a picture with a white ground; the background must show through it.
    let certificate = &home.certificates()[0];
    let composed = Picture::of(&archived_file(&home, certificate));
    let raw = home.at("raw.pdf");
    std::fs::write(&raw, fixture("scan-jpg.pdf")).expect("a copy");
    assert!(composed.differences(&Picture::of(&raw), 8, &[]) > 1_000);
}

#[test]
fn what_waits_for_nobody_can_not_be_approved() {
    let home = Home::new();
    let unknown = "01970000-0000-7000-8000-000000000000";
    assert_eq!(home.run(&["cert", "approve", unknown]).code, 1);
}
