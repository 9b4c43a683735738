//! The signing key: whose it is, and what becomes of work while it can't be used.

use sealpress_tests::{Home, Running, until};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::{LONG, drop_all, enrolled};

/// Why the lane of this name is held, as `status` has it.
fn held(home: &Home, lane: &str) -> Option<String> {
    let status = home.ask(&["status"]);
    let lane = status["lanes"].as_array()?.iter().find(|one| one["name"] == lane)?;
    Some(lane["held"]["code"].as_str()?.to_owned())
}

#[test]
fn lane_press_alone_has_the_key() {
    let home = Home::new();
    let (prints, students) = enrolled(&home, 2);
    let key = ["keys/school.p12", "keys/school.password"].map(|file| home.at(file));
    let away = ["p12.away", "password.away"].map(|name| home.at("keys").join(name));
    for (file, away) in key.iter().zip(&away) {
        fs::rename(file, away).expect("our own file");
    }
    // Whoever has no part in signing starts without it, works, and does not miss it.
    let mut others: Vec<Running> = [["watch", "", ""], ["work", "--lane", "post"]]
        .map(|command| {
            let command: Vec<&str> = command.into_iter().filter(|word| !word.is_empty()).collect();
            home.start("others", &command)
        })
        .into();
    drop_all(&home, &prints, &students);
    until("two certificates that wait", LONG, || (home.certificates().len() == 2).then_some(()));

    let press = home.start("press", &["work", "--lane", "press"]);
    let is_held = |code: &str| {
        until(code, Duration::from_secs(30), || {
            (held(&home, "press").as_deref() == Some(code)).then_some(())
        });
    };
    is_held("key_unreadable");
    assert!(press.said().contains("the signing key can't be used"), "{}", press.said());
    for (file, away) in key.iter().zip(&away) {
        fs::set_permissions(away, fs::Permissions::from_mode(0o644)).expect("our own file");
        fs::rename(away, file).expect("our own file");
    }
    is_held("key_too_open");
    assert!(home.pdfs("archive").is_empty(), "nothing is signed with a key that others can read");
    for file in &key {
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("our own file");
    }
    home.wait_for_closed(2, LONG);
    assert!(others.iter_mut().all(Running::is_alive));
    assert!(!others[0].said().contains("signing key"), "{}", others[0].said());
}
