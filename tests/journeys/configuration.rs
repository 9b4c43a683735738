//! A configuration that can't be used is refused at start, and says where.

use sealpress_tests::Home;
use std::fs;

/// Adds a line to the configuration and says what `status` makes of it.
fn refused(change: impl FnOnce(String) -> String) -> String {
    let home = Home::new();
    let file = home.at("sealpress.yaml");
    let text = fs::read_to_string(&file).expect("a configuration");
    fs::write(&file, change(text)).expect("a written file");
    let output = home.run(&["run"]);
    assert_eq!(output.code, 2, "{}", output.talk);
    assert!(output.talk.contains("sealpress.yaml"), "names the file: {}", output.talk);
    output.talk
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
    let mut line = 0;
    let said = refused(|text| {
        let text = text.replacen("settle:", "setle:", 1);
        line = text.lines().position(|line| line.contains("setle:")).expect("the key") + 1;
        text
    });
    for part in ["setle", "settle", &line.to_string()] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn a_value_that_makes_no_sense_is_named() {
    let said = refused(|text| text.replacen("settle: 200ms", "settle: soon", 1));
    assert!(said.contains("settle") && said.contains("soon"), "{said}");
}

#[test]
fn a_literal_password_is_refused_and_not_repeated() {
    let home = Home::new();
    home.set("sign.password", "opensesame");
    let output = home.run(&["run"]);
    assert_eq!(output.code, 2, "{}", output.talk);
    assert!(!output.talk.contains("opensesame"), "{}", output.talk);
}

#[test]
fn a_folder_that_is_no_home_is_wrong_use() {
    let home = Home::new();
    let output = home.run(&["--home", "nowhere", "status"]);
    assert_eq!(output.code, 2, "{}", output.talk);
    assert_eq!(home.run(&["stauts"]).code, 2);
}

#[test]
fn a_new_home_is_whole() {
    let home = Home::new();
    let doctor = home.run(&["doctor", "--json"]);
    assert!(
        doctor.json().to_string().contains("trial"),
        "a trial key is called one: {}",
        doctor.data
    );
}
