//! The systemd units are free of warnings on the systemd that is here, and give each process no
//! more than it needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{files_under, repository};

fn units() -> PathBuf {
    repository().join("systemd")
}

fn unit(name: &str) -> String {
    fs::read_to_string(units().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The values of a key, in order.
fn values<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

/// Copies the units to `to`, with a program that exists in place of an installed `sealpress`.
fn copy_units(to: &Path, systemd: u32) {
    for file in files_under(&units()) {
        let mut below = file.strip_prefix(units()).expect("a unit").to_owned();
        if let Ok(newer) = below.strip_prefix("since-254") {
            if systemd < 254 {
                continue;
            }
            below = newer.to_owned();
        }
        let copy = to.join(below);
        fs::create_dir_all(copy.parent().expect("a folder")).expect("a new folder");
        let text = fs::read_to_string(&file).expect("a unit is UTF-8");
        fs::write(copy, text.replace("ExecStart=/usr/bin/sealpress", "ExecStart=/bin/true"))
            .expect("a copy");
    }
}

/// What `systemd-analyze verify` has to say of a unit in `folder`.
fn verify(folder: &Path, unit: &str) -> String {
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(folder.join(unit))
        .output()
        .expect("systemd-analyze is installed (tests/setup.sh)");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { said } else { format!("{said}{}", output.status) }
}

fn systemd_version() -> u32 {
    let output =
        Command::new("systemd-analyze").arg("--version").output().expect("systemd-analyze runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.split_whitespace()
        .nth(1)
        .and_then(|word| word.parse().ok())
        .expect("systemd says its version")
}

const UNITS: [&str; 7] = [
    "sealpress.slice",
    "sealpress.target",
    "sealpress-serve.service",
    "sealpress-watch.service",
    "sealpress-work@.service",
    "sealpress-work@press.service",
    "sealpress-work@post.service",
];

const SERVICES: [&str; 3] =
    ["sealpress-serve.service", "sealpress-watch.service", "sealpress-work@.service"];

#[test]
fn systemd_has_nothing_to_say_of_any_unit() {
    let folder = tempfile::tempdir().expect("a folder");
    copy_units(folder.path(), systemd_version());
    for unit in UNITS {
        assert_eq!(verify(folder.path(), unit), "", "{unit}");
    }
}

#[test]
fn systemd_warns_of_a_misspelt_key_in_a_drop_in() {
    let folder = tempfile::tempdir().expect("a folder");
    copy_units(folder.path(), systemd_version());
    let drop_in = folder.path().join("sealpress-work@press.service.d/credentials.conf");
    fs::write(drop_in, "[Service]\nLoadCredentail=sign.p12\n").expect("a drop-in");
    assert!(verify(folder.path(), "sealpress-work@press.service").contains("LoadCredentail"));
}

#[test]
fn only_the_lane_that_signs_is_given_the_key() {
    for file in files_under(&units()) {
        let text = fs::read_to_string(&file).expect("a unit is UTF-8");
        let given = values(&text, "LoadCredential").join(" ");
        let press = file.ends_with("sealpress-work@press.service.d/credentials.conf");
        let post = file.ends_with("sealpress-work@post.service.d/credentials.conf");
        assert_eq!(given.contains("sign."), press, "{}", file.display());
        assert_eq!(given.contains("mail."), post, "{}", file.display());
    }
    for service in SERVICES {
        assert_eq!(
            values(&unit(service), "InaccessiblePaths"),
            ["-/var/lib/sealpress/keys"],
            "{service}"
        );
    }
}

#[test]
fn every_service_is_watched_limited_and_given_time_to_end() {
    for service in SERVICES {
        let text = unit(service);
        for (key, value) in [
            ("Type", "notify"),
            ("Restart", "on-failure"),
            ("RestartPreventExitStatus", "2"),
            ("KillSignal", "SIGTERM"),
            ("User", "sealpress"),
            ("Slice", "sealpress.slice"),
            ("LimitCORE", "0"),
            ("NoNewPrivileges", "yes"),
            ("ProtectSystem", "strict"),
            // Two writable paths would be two mounts, and the claim of a drop is a rename.
            ("ReadWritePaths", "/var/lib/sealpress"),
        ] {
            assert_eq!(values(&text, key), [value], "{service}: {key}");
        }
        for key in ["WatchdogSec", "MemoryMax", "SystemCallFilter", "UMask"] {
            assert_eq!(values(&text, key).len(), 1, "{service}: {key}");
        }
        let stop: u64 = values(&text, "TimeoutStopSec")[0].parse().expect("seconds");
        assert!(stop > grace(), "{service}: systemd kills before shutdown.grace is over");
    }
}

/// A service that keeps its readers of foreign files from confining themselves would refuse to read
/// any; one that has no memory for them would have the kernel end them on an innocent file.
#[test]
fn the_readers_of_foreign_files_can_confine_themselves_and_have_the_memory_they_may_take() {
    let readers = number("at_once:") * number("max_memory_bytes:");
    for service in SERVICES {
        let text = unit(service);
        let calls: Vec<&str> = values(&text, "SystemCallFilter")[0].split(' ').collect();
        for call in ["seccomp", "landlock_create_ruleset", "landlock_restrict_self"] {
            assert!(calls.contains(&call), "{service}: {call}");
        }
        let gigabytes = values(&text, "MemoryMax")[0].strip_suffix('G').expect("in gigabytes");
        let most = gigabytes.parse::<u64>().expect("a number") << 30;
        assert!(readers + OURSELVES <= most, "{service}: {readers} bytes for readers");
        assert_eq!(values(&text, "OOMPolicy"), ["continue"], "{service}");
        // Namespaces and memory that is both written and run are nothing that a reader needs.
        assert_eq!(values(&text, "MemoryDenyWriteExecute"), ["yes"], "{service}");
    }
}

/// Each unit's own limit lets its readers meet theirs first; together they leave the system enough.
#[test]
fn together_the_services_leave_memory_to_the_system() {
    let most = unit("sealpress.slice");
    let share = values(&most, "MemoryMax")[0].strip_suffix('%').expect("a share of the host");
    assert!(share.parse::<u64>().expect("a number") <= 80, "{share} % of the host");
}

/// What a service takes besides its readers, with room (docs/ARCHITECTURE.md, “Measured”).
const OURSELVES: u64 = 256 << 20;

/// `shutdown.grace` of a new home, in seconds.
fn grace() -> u64 {
    let value = default("grace:");
    value.strip_suffix('s').and_then(|seconds| seconds.parse().ok()).expect("grace in seconds")
}

/// The first number of this name in the configuration of a new home.
fn number(key: &str) -> u64 {
    default(key).parse().expect("a number")
}

fn default(key: &str) -> String {
    let defaults = fs::read_to_string(repository().join("config/defaults/sealpress.yaml"))
        .expect("config/defaults/sealpress.yaml");
    let line = defaults.lines().find_map(|line| line.trim().strip_prefix(key));
    line.unwrap_or_else(|| panic!("the defaults name {key}")).trim().to_owned()
}
