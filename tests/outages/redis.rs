//! Redis: gone, emptied, full, slow, cut off.

use sealpress_tests::{Network, Proxy, RedisServer, until};
use std::time::Duration;

use crate::{LONG, School};

/// What `status` says of the queue.
fn queue(school: &School) -> String {
    school.home.ask(&["status"])["queue"].as_str().expect("a word").to_owned()
}

fn is(school: &School, word: &str) {
    until(&format!("a queue that is {word}"), LONG, || (queue(school) == word).then_some(()));
}

#[test]
fn redis_is_stopped_and_started_again() {
    let (mut school, mut server) = (School::of(6), RedisServer::start());
    school.home.set("queue", &server.url());
    let running = school.home.start("run", &["run"]);
    school.print(0..2);
    until("the first certificates", LONG, || (school.issued() == 2).then_some(()));
    server.stop();
    is(&school, "down");
    school.print(2..6);
    until("drops that are accepted without it", LONG, || {
        (school.home.certificates().len() == 6).then_some(())
    });
    server.start_again();
    school.ends_well(vec![running]);
}

#[test]
fn redis_is_not_there_when_the_processes_start() {
    let (mut school, mut server) = (School::of(3), RedisServer::start());
    school.home.set("queue", &server.url());
    server.stop();
    let processes = [["watch"], ["work"]].map(|command| school.home.start(command[0], &command));
    school.print(0..3);
    is(&school, "down");
    server.start_again();
    school.ends_well(processes.into());
}

#[test]
fn redis_is_emptied_again_and_again() {
    let (mut school, server) = (School::of(12), RedisServer::start());
    school.home.set("queue", &server.url());
    let running = school.home.start("run", &["run"]);
    school.print(0..12);
    for part in [1, 4, 8, 11] {
        until("a part of the run", LONG, || (school.issued() >= part).then_some(()));
        server.flush();
    }
    school.ends_well(vec![running]);
}

#[test]
fn redis_has_no_memory_left() {
    let (mut school, server) = (School::of(6), RedisServer::start());
    school.home.set("queue", &server.url());
    let running = school.home.start("run", &["run"]);
    school.print(0..2);
    until("the first certificates", LONG, || (school.issued() == 2).then_some(()));
    server.set("maxmemory-policy", "noeviction");
    server.set("maxmemory", "1");
    school.print(2..6);
    is(&school, "down");
    until("drops that are accepted without it", LONG, || {
        (school.home.certificates().len() == 6).then_some(())
    });
    server.set("maxmemory", "0");
    is(&school, "answers");
    school.ends_well(vec![running]);
}

#[test]
fn redis_takes_half_a_second_for_everything() {
    let (mut school, server) = (School::of(5), RedisServer::start());
    let proxy = Proxy::before(server.address());
    school.home.set("queue", &format!("redis://{}/0", proxy.address()));
    proxy.becomes(Network::Slow(Duration::from_millis(500)));
    let running = school.home.start("run", &["run"]);
    school.print(0..5);
    school.ends_well(vec![running]);
}

#[test]
fn redis_is_cut_off_in_the_middle_of_its_answers() {
    let (mut school, server) = (School::of(8), RedisServer::start());
    let proxy = Proxy::before(server.address());
    school.home.set("queue", &format!("redis://{}/0", proxy.address()));
    let running = school.home.start("run", &["run"]);
    for (at, bytes) in [1, 7, 40, 200].into_iter().enumerate() {
        proxy.becomes(Network::BreaksAfter(bytes));
        school.print(at * 2..at * 2 + 2);
        until("drops that are accepted", LONG, || {
            (school.home.certificates().len() == at * 2 + 2).then_some(())
        });
    }
    proxy.becomes(Network::Good);
    school.ends_well(vec![running]);
}
