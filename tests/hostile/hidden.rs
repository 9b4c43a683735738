//! Text that is in the file and not on the page: it is no evidence of whose page it is.

use crate::builder::PAGE;
use crate::sheet::FREE;
use crate::{Case, Must, Siege};

use Must::{Harmless, Refuse, Wait};

/// A stamp of nothing: a picture of one dot.
const DOT: &str = "/Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8";

#[test]
fn what_nobody_sees_is_no_evidence() {
    const CASES: &[Case] = &[
        ("black", |s| s.draws("0 g {}").bytes(), Harmless),
        ("dark grey", |s| s.draws(".4 g {}").bytes(), Harmless),
        ("the school's red", |s| s.draws(".8 .1 .1 rg {}").bytes(), Harmless),
        ("black in four colours", |s| s.draws("0 0 0 1 k {}").bytes(), Harmless),
        (
            "black by a profile",
            |s| {
                s.resources("/ColorSpace << /C [/ICCBased 10 0 R] >>")
                    .stream(FREE, "/N 3", b"")
                    .draws("/C cs 0 0 0 sc {}")
                    .bytes()
            },
            Harmless,
        ),
        ("white on black", |s| s.draws("0 g 0 0 842 595 re f 1 g {}").bytes(), Harmless),
        ("on a white ground", |s| s.draws("1 g 0 0 842 595 re f 0 g {}").bytes(), Harmless),
        (
            "on a picture",
            |s| {
                s.resources("/XObject << /I 10 0 R >>")
                    .stream(FREE, DOT, b"\xff")
                    .draws("q 842 0 0 595 0 0 cm /I Do Q {}")
                    .bytes()
            },
            Harmless,
        ),
        ("within a frame", |s| s.draws("{} 0 0 842 595 re 20 20 802 555 re f*").bytes(), Harmless),
        ("within a clip", |s| s.draws("q 10 10 822 575 re W n {} Q").bytes(), Harmless),
        (
            "under a veil",
            |s| {
                s.resources("/ExtGState << /V << /ca .2 >> >>")
                    .draws("{} /V gs 1 g 0 0 842 595 re f")
                    .bytes()
            },
            Harmless,
        ),
        (
            "under white that multiplies",
            |s| {
                s.resources("/ExtGState << /M << /BM /Multiply >> >>")
                    .draws("{} /M gs 1 g 0 0 842 595 re f")
                    .bytes()
            },
            Harmless,
        ),
        ("twice, first in white", |s| s.draws("1 g {} 0 g {}").bytes(), Harmless),
        ("white", |s| s.draws("1 g {}").bytes(), Wait),
        ("nearly white", |s| s.draws(".97 .97 .9 rg {}").bytes(), Wait),
        ("white in four colours", |s| s.draws("0 0 0 0 k {}").bytes(), Wait),
        ("white by a space", |s| s.draws("/DeviceRGB cs 1 1 1 sc {}").bytes(), Wait),
        (
            "a tint of the writer's choice",
            |s| {
                s.resources(
                    "/ColorSpace << /C [/Separation /Black /DeviceGray << /FunctionType 2 \
                     /Domain [0 1] /C0 [1] /C1 [1] /N 1 >>] >>",
                )
                .draws("/C cs 1 scn {}")
                .bytes()
            },
            Wait,
        ),
        ("white outlines over black", |s| s.draws("2 Tr 0 g 1 G {}").bytes(), Wait),
        ("black on black", |s| s.draws("0 g 0 0 842 595 re f {}").bytes(), Wait),
        ("drawn with nothing", |s| s.draws("3 Tr {}").bytes(), Wait),
        ("a clip alone", |s| s.draws("7 Tr {}").bytes(), Wait),
        ("too small to read", |s| s.draws(".05 0 0 .05 100 100 cm {}").bytes(), Wait),
        ("flattened", |s| s.draws("1 0 0 .001 0 200 cm {}").bytes(), Wait),
        ("outside the page", |s| s.draws("1 0 0 1 2000 0 cm {}").bytes(), Wait),
        (
            "outside what is shown of the page",
            |s| {
                s.edit(
                    PAGE,
                    "/MediaBox[0 0 842 595]",
                    "/MediaBox[0 0 842 1190]/CropBox[0 595 842 1190]",
                )
                .bytes()
            },
            Wait,
        ),
        ("outside a clip", |s| s.draws("q 0 0 10 10 re W n {} Q").bytes(), Wait),
        (
            "outside a clip of another shape",
            |s| s.draws("q 0 0 m 842 0 l 842 30 l 30 30 l 30 595 l 0 595 l h W n {} Q").bytes(),
            Wait,
        ),
        ("under white", |s| s.draws("{} 1 g 0 0 842 595 re f").bytes(), Wait),
        ("under black", |s| s.draws("{} 0 g 0 0 842 595 re f").bytes(), Wait),
        (
            "under many veils",
            |s| {
                s.resources("/ExtGState << /V << /ca .2 >> >>")
                    .draws(&format!("{{}} /V gs 1 g {}", "0 0 842 595 re f ".repeat(30)))
                    .bytes()
            },
            Wait,
        ),
        (
            "under black that multiplies",
            |s| {
                s.resources("/ExtGState << /M << /BM /Multiply >> >>")
                    .draws("{} /M gs 0 g 0 0 842 595 re f")
                    .bytes()
            },
            Wait,
        ),
        (
            "under a picture",
            |s| {
                s.resources("/XObject << /I 10 0 R >>")
                    .stream(FREE, DOT, b"\xff")
                    .draws("{} q 842 0 0 595 0 0 cm /I Do Q")
                    .bytes()
            },
            Wait,
        ),
        (
            "under a picture in the content",
            |s| {
                s.draws("{} q 842 0 0 595 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 /F /AHx ID ff> EI Q")
                    .bytes()
            },
            Wait,
        ),
        (
            "under a form",
            |s| {
                s.resources("/XObject << /X 10 0 R >>")
                    .stream(FREE, "/Subtype /Form /BBox [0 0 842 595]", b"1 g 0 0 842 595 re f")
                    .draws("{} /X Do")
                    .bytes()
            },
            Wait,
        ),
        (
            "under a shading",
            |s| {
                s.resources("/Shading << /S << /ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 1 1] >> >>")
                    .draws("{} /S sh")
                    .bytes()
            },
            Wait,
        ),
        (
            "see-through",
            |s| s.resources("/ExtGState << /V << /ca .02 >> >>").draws("/V gs {}").bytes(),
            Wait,
        ),
        (
            "in a group that is see-through",
            |s| {
                let text = s.content.clone();
                s.resources("/XObject << /X 10 0 R >> /ExtGState << /V << /ca 0 >> >>")
                    .stream(
                        FREE,
                        "/Subtype /Form /BBox [0 0 842 595] /Group << /S /Transparency >>",
                        text.as_bytes(),
                    )
                    .draws("/V gs /X Do")
                    .bytes()
            },
            Wait,
        ),
        (
            "masked",
            |s| {
                s.resources("/ExtGState << /V << /SMask << /S /Luminosity /G 10 0 R >> >> >>")
                    .stream(FREE, "/Subtype /Form /BBox [0 0 842 595]", b"")
                    .draws("/V gs {}")
                    .bytes()
            },
            Wait,
        ),
        (
            "lightened away",
            |s| s.resources("/ExtGState << /V << /BM /Screen >> >>").draws("/V gs {}").bytes(),
            Wait,
        ),
        (
            "outside the box of its form",
            |s| {
                let text = s.content.clone();
                s.resources("/XObject << /X 10 0 R >>")
                    .stream(FREE, "/Subtype /Form /BBox [0 0 1 1]", text.as_bytes())
                    .draws("/X Do")
                    .bytes()
            },
            Wait,
        ),
        (
            "in a pattern",
            |s| {
                let text = s.content.clone();
                s.resources("/Pattern << /P 10 0 R >>")
                    .stream(
                        FREE,
                        "/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 842 595] /XStep 842 \
                         /YStep 595 /Resources << /Font << /F 5 0 R >> >>",
                        text.as_bytes(),
                    )
                    .draws("/Pattern cs /P scn 0 0 842 595 re f")
                    .bytes()
            },
            Wait,
        ),
        (
            "behind 200,000 boxes",
            |s| s.draws(&format!("{} {{}}", "0 0 1 1 re f\n".repeat(200_000))).bytes(),
            Wait,
        ),
    ];
    let mut siege = Siege::lay();
    siege.judge(CASES);
    siege.lift();
}

#[test]
fn another_persons_page_is_not_made_ones_own_by_hidden_text() {
    let mut siege = Siege::lay();
    let other = siege.student();
    let others = siege.prints.print(&other);
    let visible = crate::Sheet::of(&siege.prints, &other).content;
    for (what, hide) in [("white", "1 g"), ("without ink", "3 Tr"), ("tiny", ".01 0 0 .01 9 9 cm")]
    {
        siege.one(
            &format!("another's page, with one's own name in {what} text"),
            |s| s.draws(&format!("q {hide} {{}} Q {visible}")).bytes(),
            Wait,
        );
    }
    siege.one("another's page", |_| others.clone(), Refuse("text_differs"));
    siege.one(
        "one's own page, with another's name in white text",
        |s| s.draws(&format!("{{}} q 1 g {visible} Q")).bytes(),
        Harmless,
    );
    siege.lift();
}

#[test]
fn what_a_reader_may_switch_is_refused() {
    const GROUPS: &str = "/OCProperties << /OCGs [10 0 R] /D << /OFF [10 0 R] >> >>";
    const CASES: &[Case] = &[
        (
            "a layer that is off",
            |s| {
                s.catalog(GROUPS)
                    .resources("/Properties << /L 10 0 R >>")
                    .object(FREE, "<< /Type /OCG /Name (a) >>")
                    .draws("/OC /L BDC {} EMC")
                    .bytes()
            },
            Refuse("hidden_layer"),
        ),
        (
            "a layer that is on",
            |s| {
                s.catalog("/OCProperties << /OCGs [10 0 R] /D << /ON [10 0 R] >> >>")
                    .resources("/Properties << /L 10 0 R >>")
                    .object(FREE, "<< /Type /OCG /Name (a) >>")
                    .draws("/OC /L BDC {} EMC")
                    .bytes()
            },
            Harmless,
        ),
        (
            "a layer for the screen and another for the printer",
            |s| {
                s.catalog(
                    "/OCProperties << /OCGs [10 0 R] /D << /AS [<< /Event /Print \
                     /Category [/Print] /OCGs [10 0 R] >>] >> >>",
                )
                .resources("/Properties << /L 10 0 R >>")
                .object(FREE, "<< /Type /OCG /Usage << /Print << /PrintState /OFF >> >> >>")
                .draws("/OC /L BDC {} EMC")
                .bytes()
            },
            Refuse("hidden_layer"),
        ),
        (
            "all layers off to begin with",
            |s| {
                s.catalog("/OCProperties << /OCGs [10 0 R] /D << /BaseState /OFF >> >>")
                    .resources("/Properties << /L 10 0 R >>")
                    .object(FREE, "<< /Type /OCG >>")
                    .draws("/OC /L BDC {} EMC")
                    .bytes()
            },
            Refuse("hidden_layer"),
        ),
        (
            "shown while another is off",
            |s| {
                s.catalog("/OCProperties << /OCGs [10 0 R] /D << >> >>")
                    .resources("/Properties << /L 11 0 R >>")
                    .object(FREE, "<< /Type /OCG >>")
                    .object(FREE + 1, "<< /Type /OCMD /OCGs 10 0 R /P /AllOff >>")
                    .draws("/OC /L BDC {} EMC")
                    .bytes()
            },
            Refuse("hidden_layer"),
        ),
        (
            "a condition",
            |s| {
                s.catalog("/OCProperties << /OCGs [10 0 R] /D << >> >>")
                    .resources("/Properties << /L 11 0 R >>")
                    .object(FREE, "<< /Type /OCG >>")
                    .object(FREE + 1, "<< /Type /OCMD /VE [/Not 10 0 R] >>")
                    .draws("/OC /L BDC {} EMC")
                    .bytes()
            },
            Refuse("hidden_layer"),
        ),
        (
            "a form in a layer that is off",
            |s| {
                s.catalog(GROUPS)
                    .resources("/XObject << /X 11 0 R >>")
                    .object(FREE, "<< /Type /OCG >>")
                    .stream(
                        FREE + 1,
                        "/Subtype /Form /BBox [0 0 842 595] /OC 10 0 R",
                        b"0 0 9 9 re f",
                    )
                    .draws("{} /X Do")
                    .bytes()
            },
            Refuse("hidden_layer"),
        ),
        (
            "a layer that is off and that nothing uses",
            |s| s.catalog(GROUPS).object(FREE, "<< /Type /OCG >>").bytes(),
            Harmless,
        ),
    ];
    let mut siege = Siege::lay();
    siege.judge(CASES);
    siege.lift();
}
