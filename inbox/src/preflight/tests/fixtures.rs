//! The same certificate from real print systems.

use super::*;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}/{name}.pdf")).unwrap()
}

#[test]
fn readable_ones_name_the_student() {
    for name in [
        "cairo-cff",
        "chromium-whitebg",
        "ghostscript-distilled",
        "libreoffice-pdfa2b",
        "libreoffice-writer",
        "qpdf-encrypted-objstm",
        "qpdf-encrypted-ownerpw",
        "qpdf-linearized-objstm",
        "reportlab-whiterect",
        "weasyprint-pdfa2b",
    ] {
        let text = look(&fixture(name)).unwrap_or_else(|reason| panic!("{name}: {reason}")).text;
        for right in ["王大明", "WANG, Da-Ming", "Wang Da-ming"] {
            assert_eq!(
                verdict_on(&text, right, "B11012345"),
                TextVerdict::Agrees,
                "{name} {right}"
            );
        }
        for (wrong, number) in [
            ("王小明", "B11012345"),
            ("WANG, Da", "B11012345"),
            ("王大明", "B1101234"),
            ("王大明", "11012345"),
            ("王大明", "B110123456"),
        ] {
            assert_eq!(verdict_on(&text, wrong, number), TextVerdict::Differs, "{name} {wrong}");
        }
    }
}

#[test]
fn unreadable_ones_wait_for_a_person() {
    for name in ["lo-ps-distilled", "scan-jpg"] {
        let text = look(&fixture(name)).unwrap_or_else(|reason| panic!("{name}: {reason}")).text;
        assert_eq!(verdict_on(&text, "王大明", "B11012345"), TextVerdict::Unreadable, "{name}");
    }
}

#[test]
fn an_unembedded_font_is_refused_by_name() {
    let reason = look(&fixture("reportlab-cid-unembedded")).unwrap_err();
    assert_eq!(reason.code, "font_not_embedded");
    assert!(reason.message_zh.contains("MSung-Light") && reason.message_en.contains("MSung-Light"));
}

/// A generator of bytes that is the same in every run.
fn noise(seed: u64) -> impl FnMut() -> usize {
    let mut state = seed;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap()
    }
}

/// `examine` catches panics, so one of ours would hide behind it: here the same runs bare.
#[test]
fn broken_ones_give_a_verdict() {
    for entry in std::fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "pdf") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for tenth in 0..10 {
            let cut = &bytes[..bytes.len() * tenth / 10];
            assert_ne!(verdict(cut), "accepted", "{} cut at {tenth}/10", path.display());
        }
        let mut random = noise(7);
        for _ in 0..30 {
            let mut broken = bytes.clone();
            for _ in 0..1 + random() % 20 {
                let at = random() % broken.len();
                broken[at] = u8::try_from(random() % 256).unwrap();
            }
            let started = std::time::Instant::now();
            let _ = examine_page(&broken, LIMITS, A4);
            assert!(started.elapsed().as_secs() < 20, "{}", path.display());
        }
    }
}
