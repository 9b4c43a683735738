//! Memory does not grow with the number of drops, nor with the size of the background.

use sealpress_tests::Home;
use std::time::Duration;

use crate::{drop_all, enrolled};

/// Makes the sample school's background a picture of 1.5 MB: the same one with comments in it.
fn large_background(home: &Home) {
    let file = home.at("assets/background-zh.jpg");
    let mut picture = std::fs::read(&file).expect("the sample school's background");
    let mut comments = Vec::new();
    while picture.len() + comments.len() < 1_500_000 {
        comments.extend_from_slice(&[0xff, 0xfe, 0xff, 0xff]);
        comments.resize(comments.len() + 0xfffd, b' ');
    }
    // After the first two bytes, which say that this is a JPEG.
    picture.splice(2..2, comments);
    std::fs::write(file, picture).expect("a written file");
}

/// `MEMORY_DROPS=1000` is the whole claim; a shorter run shows the same where nothing leaks.
fn drops() -> usize {
    std::env::var("MEMORY_DROPS").ok().and_then(|drops| drops.parse().ok()).unwrap_or(300)
}

#[test]
fn a_long_run_stays_under_200_mib() {
    let home = Home::new();
    large_background(&home);
    let (prints, students) = enrolled(&home, drops());
    let running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    home.wait_for_closed(students.len(), Duration::from_secs(900));
    let peak = running.peak_memory();
    eprintln!("{} drops: {peak} MiB at most", students.len());
    assert!(peak < 200, "{peak} MiB");
}
