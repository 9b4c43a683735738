//! Serving: what it needs, HTTPS, and who may come.

use sealpress_tests::{Client, Home, PASSWORD, Served, add_staff, until};
use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::LONG;

#[test]
fn the_pages_need_no_key_of_the_school() {
    let home = Home::new();
    add_staff(&home);
    for file in ["keys/school.p12", "keys/school.password"] {
        fs::remove_file(home.at(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
    let served = Served::start(&home);
    let registrar = Client::logged_in(served.url(), "registrar", PASSWORD);
    for page in ["/", "/certificates", "/approvals", "/metrics"] {
        assert_eq!(registrar.get(page).status, 200, "{page}");
    }
}

#[test]
fn http_only_leads_to_https() {
    let home = Home::new();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let plain = free.expect("a free port");
    home.set("serve.redirect", &plain.to_string());
    let served = Served::start(&home);
    let answer = Client::new(&format!("http://{plain}")).get("/certificates?q=x");
    assert_eq!(answer.status, 308);
    let target = format!("{}/certificates?q=x", served.url());
    assert_eq!(answer.header("location"), Some(target.as_str()));
    let answer = served.client().get("/login");
    assert_eq!(answer.status, 200);
    assert!(answer.header("strict-transport-security").is_some_and(|is| is.contains("max-age")));
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let cookie = answer.header("set-cookie").expect("a cookie");
    for word in ["__Host-", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(word), "{word}: {cookie}");
    }
}

/// Has OpenSSL do something in the folder of keys.
fn openssl(home: &Home, arguments: &str) -> String {
    let mut command = Command::new("openssl");
    command.current_dir(home.at("keys")).args(arguments.split(' ')).stdin(Stdio::null());
    let output = command.output().expect("openssl");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whom the certificate of HTTPS is for, as another maker's client sees it.
fn subject(home: &Home, served: &Served) -> String {
    let address = served.url().trim_start_matches("https://");
    let said = openssl(home, &format!("s_client -connect {address}"));
    let subject = said.lines().find_map(|line| line.strip_prefix("subject="));
    subject.unwrap_or_default().replace(' ', "")
}

#[test]
fn a_new_certificate_is_served_without_a_restart() {
    let home = Home::new();
    let mut served = Served::start(&home);
    assert_ne!(subject(&home, &served), "CN=renewed");
    openssl(
        &home,
        "req -x509 -nodes -newkey rsa:2048 -subj /CN=renewed -keyout https.key -out https.crt",
    );
    until("the new certificate", LONG, || (subject(&home, &served) == "CN=renewed").then_some(()));
    // A certificate that is none leaves the one that works.
    fs::write(home.at("keys/https.crt"), "no certificate").expect("a written file");
    until("a complaint", LONG, || {
        served.process().said().contains("the old one stays").then_some(())
    });
    assert_eq!(subject(&home, &served), "CN=renewed");
    assert_eq!(served.client().get("/health").status, 200);
}

#[test]
fn each_part_is_for_its_networks() {
    let home = Home::new();
    home.set("serve.networks.staff", "[10.0.0.0/8]");
    home.set("serve.networks.metrics", "[10.0.0.0/8]");
    let served = Served::start(&home);
    let client = served.client();
    for path in ["/login", "/", "/certificates", "/account", "/password/x", "/metrics"] {
        let answer = client.get(path);
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.text().contains("這個頁面不開放從您的網路位址使用。"), "{}", answer.text());
    }
    assert_eq!(client.post("/login", &[("name", "x"), ("password", "y")]).status, 403);
    // The API is for other networks, and asks who is there.
    assert_eq!(client.get("/api/v1/certificates").status, 401);
    assert_eq!(client.get("/health").status, 200);
    // Nobody is believed who says from where they come.
    let forwarded = [("x-forwarded-for", "10.1.2.3")];
    assert_eq!(client.send("GET", "/login", &forwarded, None).expect("an answer").status, 403);
}

#[test]
fn a_proxy_speaks_for_its_callers() {
    let home = Home::new();
    add_staff(&home);
    home.set("serve.trusted_proxies", "[127.0.0.0/8]");
    home.set("serve.networks.staff", "[10.0.0.0/8]");
    let served = Served::behind_a_proxy(&home);
    assert!(served.url().starts_with("http://"));
    let client = served.client();
    let from = |forwarded: &str| {
        let headers = [("x-forwarded-for", forwarded)];
        client.send("GET", "/login", &headers, None).expect("an answer")
    };
    let answer = from("10.1.2.3");
    assert_eq!(answer.status, 200);
    assert_eq!(from("203.0.113.9").status, 403);
    assert_eq!(from("10.1.2.3, 203.0.113.9").status, 403, "the last word is the proxy's");
    assert_eq!(client.get("/login").status, 403, "the proxy itself is nobody on staff");

    // The history names the caller, and not the proxy.
    let cookie = answer.header("set-cookie").expect("a cookie");
    let (cookie, _) = cookie.split_once(';').expect("a cookie with its attributes");
    let (_, token) = cookie.split_once('=').expect("a name and a value");
    let body = format!("csrf={token}&name=registrar&password=wrong");
    let headers = [
        ("x-forwarded-for", "10.1.2.3"),
        ("cookie", cookie),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let answer = client.send("POST", "/login", &headers, Some(body.as_bytes()));
    assert_eq!(answer.expect("an answer").status, 200);
    let refused = home.events("login_refused");
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].detail["from"], "10.1.2.3", "{}", refused[0].detail);
}
