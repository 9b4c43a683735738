use super::*;
#[test]
fn dump() {
    std::fs::create_dir_all("/tmp/art/c").unwrap();
    for name in ACCEPTED {
        let raw = std::fs::read(fixture(name)).unwrap();
        for (lang, kind) in [
            (Language::Zh, Kind::First),
            (Language::En, Kind::Reissue),
            (Language::Zh, Kind::Rename),
        ] {
            let out = SAMPLE.compose(&of_kind(lang, kind), &Raw(raw.clone())).unwrap();
            std::fs::write(format!("/tmp/art/c/{name}-{lang}-{kind}.pdf"), out.bytes()).unwrap();
        }
    }
    let raw = std::fs::read(fixture("libreoffice-writer")).unwrap();
    let t = std::time::Instant::now();
    for _ in 0..50 {
        SAMPLE.compose(&certificate(), &Raw(raw.clone())).unwrap();
    }
    eprintln!("per page {:?}", t.elapsed() / 50);
    let p = SAMPLE.prepared.iter().find(|p| p.layout.name == "zh").unwrap();
    let t = std::time::Instant::now();
    let mut n = 0;
    for _ in 0..50 {
        let mut o = Objects::after(&p.shared, 0);
        let b = o.len();
        overlay::add(
            &mut o,
            p,
            &certificate(),
            "https://verify.example.edu.tw/v/0123456789abcdef0123456789abcdef",
        )
        .unwrap();
        n = o.len() - b;
    }
    eprintln!("overlay {:?} {n} bytes, shared {}", t.elapsed() / 50, p.shared.len());
}
#[test]
fn dump_parts() {
    let p = SAMPLE.prepared.iter().find(|p| p.layout.name == "zh").unwrap();
    let link = "https://verify.example.edu.tw/v/0123456789abcdef0123456789abcdef";
    overlay::measure(p, &certificate(), link);
}

#[test]
fn dump_prod() {
    std::fs::create_dir_all("/tmp/art/p").unwrap();
    for f in std::fs::read_dir("/tmp/prod")
        .unwrap()
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "pdf"))
    {
        let raw = std::fs::read(&f).unwrap();
        match SAMPLE.compose(&certificate(), &Raw(raw.clone())) {
            Err(e) => eprintln!("{} {e}", f.display()),
            Ok(c) => {
                std::fs::write(
                    format!("/tmp/art/p/{}", f.file_name().unwrap().to_str().unwrap()),
                    c.bytes(),
                )
                .unwrap();
            }
        }
    }
}
