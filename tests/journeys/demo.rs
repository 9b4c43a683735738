//! `sealpress demo`: everything at once, and nothing unaccounted for.

use sealpress_tests::{Home, RedisServer};
use serde_json::Value;

fn accounted_for(arguments: &[&str], count: u64) {
    let home = Home::new();
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("demo");
    let count_text = count.to_string();
    let demo = ["demo", "--count", &count_text, "--dir", place.to_str().expect("UTF-8")];
    let result = home.ask(&[&demo, arguments].concat());
    let number = |key: &str| result[key].as_u64().unwrap_or_else(|| panic!("{key}: {result}"));
    let [issued, refused, duplicates, mailed, verified] =
        ["issued", "refused", "duplicates", "mailed", "verified"].map(number);
    assert_eq!(issued + refused + duplicates, count, "{result}");
    assert_eq!(
        (refused, duplicates),
        (2, 1),
        "broken ones and a duplicate are among them: {result}"
    );
    assert_eq!((mailed, verified), (issued, issued), "{result}");

    let there = place.to_str().expect("UTF-8");
    let listed = home.ask(&["--home", there, "cert", "list"]);
    let closed = |one: &&Value| one["stage"] == "closed" && one["status"] != "rejected";
    let listed = listed.as_array().expect("a list").iter().filter(closed).count();
    assert_eq!(u64::try_from(listed).expect("a count"), issued, "the ledger says the same");
    assert_eq!(home.run(&["--home", there, "audit"]).code, 0);
}

#[test]
fn demo_on_sqlite() {
    accounted_for(&[], 200);
}

#[test]
fn demo_on_redis() {
    let server = RedisServer::start();
    accounted_for(&["--queue", &server.url()], 200);
}
