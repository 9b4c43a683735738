//! What the layout says: seals, notes, places.

use super::*;

/// Whether the ink of a dean's seal, the darkest red or blue, is at its place.
fn has_dean_seal(one: &Certificate) -> bool {
    let page = Page::of(&SAMPLE, one, &white_page()).checked().shown();
    let ink = |x: i32, y: i32| {
        let [red, green, _] = page.at_mm(f64::from(x) / 4.0, f64::from(y) / 4.0);
        green < 120 || red < 90
    };
    let inked = (796..876)
        .flat_map(|x| (84..164).map(move |y| (x, y)))
        .filter(|(x, y)| ink(*x, *y))
        .count();
    inked > 500
}

#[test]
fn a_college_with_a_deans_seal_has_it_on_the_page_and_others_have_not() {
    for language in [Language::Zh, Language::En] {
        let mut one = of_kind(language, Kind::First);
        for (college, expected) in [
            (Some("工學院"), true),
            (Some("管理學院"), true),
            (Some("人文學院"), false),
            (None, false),
        ] {
            one.certified.college = college.map(str::to_owned);
            assert_eq!(has_dean_seal(&one), expected, "{college:?} {language}");
        }
    }
}

#[test]
fn a_reissue_bears_its_note_and_a_first_issue_none() {
    let text = |language, kind| {
        Page::of(&SAMPLE, &of_kind(language, kind), &white_page()).checked().text()
    };
    assert!(text(Language::Zh, Kind::Reissue).contains("補發"));
    assert!(text(Language::Zh, Kind::Rename).contains("更名換發"));
    assert!(text(Language::En, Kind::Reissue).contains("Reissued"));
    assert!(!text(Language::Zh, Kind::First).contains("發"));
    assert!(text(Language::En, Kind::First).contains("Certificate No. 範科大學字第1140001號"));
}

#[test]
fn overlay_and_raw_fonts_are_embedded_and_can_be_read() {
    let raw = std::fs::read(fixture("libreoffice-writer")).unwrap();
    let page = Page::of(&SAMPLE, &certificate(), &raw);
    let fonts = said_by(Command::new("pdffonts").arg(page.path()));
    let fonts: Vec<&str> = fonts.lines().skip(2).collect();
    assert!(fonts.iter().any(|font| font.contains("+NotoSerifTC-Medium")), "{fonts:?}");
    for font in fonts {
        let told: Vec<&str> = font.split_whitespace().rev().take(5).collect();
        // From the right: object number and generation, ToUnicode, subset, embedded.
        assert_eq!(told[2..], ["yes", "yes", "yes"], "{font}");
    }
}

#[test]
fn a_number_may_start_end_or_have_its_middle_at_its_place() {
    let home = sample_school();
    let file = home.path().join("layouts/zh.yaml");
    let yaml = std::fs::read_to_string(&file).unwrap();
    let starts: Vec<f64> = ["left", "center", "right"]
        .iter()
        .map(|align| {
            let changed = yaml
                .replace("x: 276,", "x: 150,")
                .replace("align: right", &format!("align: {align}"));
            std::fs::write(&file, changed).unwrap();
            let page = Page::of(&prepare(home.path()).unwrap(), &certificate(), &white_page());
            let words = said_by(Command::new("pdftotext").arg("-bbox").arg(page.path()).arg("-"));
            let word = words.lines().find(|line| line.contains("證書字號")).unwrap();
            word.split('"').nth(1).unwrap().parse().unwrap()
        })
        .collect();
    let [left, centre, right] = starts.try_into().unwrap();
    assert!((left - 150.0 * 72.0 / 25.4).abs() < 1.0, "{left}");
    assert!(
        (left - centre - (centre - right)).abs() < 0.1 && left - right > 100.0,
        "{left} {centre} {right}"
    );
}

#[test]
fn a_page_of_another_size_is_scaled_where_the_layout_says_so() {
    let home = sample_school();
    let file = home.path().join("layouts/zh.yaml");
    let yaml = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, yaml.replace("fit: false", "fit: true")).unwrap();
    let compose = prepare(home.path()).unwrap();
    let raw = foreign::page("0 g 0 0 1684 1190 re f", |_, page| {
        page.set("MediaBox", vec![0.into(), 0.into(), 1684.into(), 1190.into()]);
    });
    let page = Page::of(&compose, &certificate(), &raw).checked().shown();
    for (x, y) in [(3.0, 3.0), (294.0, 207.0), (148.0, 105.0)] {
        assert!(page.at_mm(x, y).iter().all(|value| *value < 20), "{x} {y}");
    }
}

#[test]
fn a_layouts_file_that_is_wrong_is_named() {
    let home = sample_school();
    for (file, bytes, says) in [
        ("assets/background-zh.jpg", &b"no picture"[..], "neither JPEG nor PNG"),
        ("assets/seal-president-en.png", b"\x89PNG\r\n\x1a\nxx", "damaged"),
        ("assets/seal-management-zh.png", b"\xFF\xD8\xFF\xD9", "no JPEG that PDF readers can show"),
        ("assets/background-en.jpg", b"%PDF-1.7\n", "no PDF that can be read"),
        ("assets/sealpress-serif.ttf", b"OTTO", "no TrueType font"),
    ] {
        let path = home.path().join(file);
        let before = std::fs::read(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
        let error = prepare(home.path()).err().unwrap().to_string();
        assert!(error.contains(file) && error.contains(says), "{error}");
        std::fs::write(&path, before).unwrap();
    }
    let (layouts, settings) = {
        let (settings, layouts) = sealpress_config::load(&Home::new(home.path())).unwrap();
        (layouts, settings)
    };
    std::fs::remove_file(home.path().join("assets/background-en.jpg")).unwrap();
    let error = Compose::prepare(
        &Home::new(home.path()),
        &layouts,
        &settings.school,
        Extractor::here(&settings),
    )
    .err()
    .unwrap();
    assert!(
        matches!(error, ComposeError::Unreadable { .. })
            && error.to_string().contains("background-en.jpg")
    );
}

#[test]
fn characters_that_share_a_glyph_are_both_drawn() {
    let mut one = certificate();
    one.certified.certificate_no = "A\u{a0}B C".into();
    let text = Page::of(&SAMPLE, &one, &white_page()).checked().text();
    assert!(text.replace('\u{a0}', " ").contains("A B C"), "{text}");
}
