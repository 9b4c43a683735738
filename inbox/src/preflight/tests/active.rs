//! What a certificate must not hold, and what passes because writers add it without harm.

use super::builder::{CATALOG, CONTENT, FREE, PAGE, Raw};
use super::*;

fn page() -> Raw {
    Raw::showing("王大明")
}

fn catalog(entries: &str) -> Raw {
    page().edit(CATALOG, "/Pages", &format!("{entries} /Pages"))
}

fn on_page(entries: &str) -> Raw {
    page().edit(PAGE, "/Parent", &format!("{entries} /Parent"))
}

#[test]
fn active_content_is_refused_by_its_name() {
    for (raw, code) in [
        (catalog("/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "javascript"),
        (catalog("/Names << /JavaScript << /Names [(a) 9 0 R] >> >>"), "javascript"),
        (catalog("/OpenAction << /S /Launch /F (a.exe) >>"), "launch_action"),
        (catalog("/OpenAction << /S /URI /URI (http://a) >>"), "open_action"),
        (catalog("/AA << /WC << /S /GoTo >> >>"), "automatic_action"),
        (on_page("/AA << /O << /S /GoTo /D [3 0 R /Fit] >> >>"), "automatic_action"),
        (page().object(FREE, "<< /S /SubmitForm /F (http://a) >>"), "submit_action"),
        (page().object(FREE, "<< /S /ImportData /F (a.fdf) >>"), "import_action"),
        (page().object(FREE, "[<< /A << /S /GoToR /F (a.pdf) >> >>]"), "remote_action"),
        (page().object(FREE, "<< /S /GoToE /T << >> >>"), "remote_action"),
        (page().object(FREE, "<< /S /Rendition >>"), "media_action"),
        (catalog("/Names << /EmbeddedFiles << /Names [(a) 9 0 R] >> >>"), "embedded_file"),
        (page().object(FREE, "<< /Type /Filespec /F (a) /EF << /F 10 0 R >> >>"), "embedded_file"),
        (page().stream(FREE, "/Type /EmbeddedFile", b"x"), "embedded_file"),
        (catalog("/AcroForm << /Fields [] /XFA [(a) 9 0 R] >>"), "xfa_form"),
        (catalog("/AcroForm << /Fields [9 0 R] >>").object(FREE, "<< /FT /Tx >>"), "form_fields"),
        (
            catalog("/AcroForm << /Fields [9 0 R] >>")
                .object(FREE, "<< /FT /Sig /V 10 0 R >>")
                .object(10, "<< /Type /Sig >>"),
            "already_signed",
        ),
        (catalog("/Perms << /DocMDP 9 0 R >>"), "already_signed"),
        (page().object(FREE, "<< /ByteRange [0 1 2 3] /Contents <00> >>"), "already_signed"),
        (on_page("/Annots [<< /Subtype /FreeText /Contents (a) >>]"), "annotation"),
        (on_page("/Annots [<< /Subtype /Stamp >>]"), "annotation"),
        (page().stream(FREE, "/F (other.bin)", b""), "external_stream"),
        (
            page().stream(FREE, "/Subtype /Form /Ref << /F (a.pdf) /Page 0 >>", b""),
            "external_stream",
        ),
    ] {
        let bytes = raw.bytes();
        assert_eq!(verdict(&bytes), code, "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn harmless_structure_passes() {
    for raw in [
        catalog("/OpenAction [3 0 R /XYZ null null 0]"),
        catalog("/OpenAction << /S /GoTo /D [3 0 R /Fit] >>"),
        catalog("/AcroForm << /Fields [] >>"),
        catalog(
            "/Names << /Dests << /Names [(a) [3 0 R /Fit]] >> /EmbeddedFiles << /Names [] >> >>",
        ),
        catalog("/PageLayout /SinglePage /ViewerPreferences << /DisplayDocTitle true >>"),
        on_page("/Annots [<< /Subtype /Link /A << /S /URI /URI (http://a) >> >>]"),
        on_page("/Annots []"),
        on_page("/AA << >>"),
        page().edit(PAGE, "/F1 5 0 R", "/F1 5 0 R /EF 5 0 R /JS 5 0 R /AA 5 0 R"),
    ] {
        let bytes = raw.bytes();
        assert_eq!(verdict(&bytes), "accepted", "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn layers_that_may_be_hidden_are_refused() {
    let layered = |default: &str| {
        catalog(&format!("/OCProperties << /OCGs [9 0 R] /D << {default} >> >>"))
            .object(FREE, "<< /Type /OCG /Name (a) >>")
            .edit(PAGE, "/Font <<", "/Properties << /L1 9 0 R /L2 10 0 R >> /Font <<")
            .object(10, "<< /Type /OCMD /OCGs 9 0 R /P /AllOff >>")
    };
    let used = |raw: Raw, layer: &str| {
        raw.stream(CONTENT, "", format!("/OC /{layer} BDC 0 0 9 9 re f EMC").as_bytes())
    };
    for (raw, code) in [
        (layered("/OFF [9 0 R]"), "accepted"),
        (used(layered("/ON [9 0 R]"), "L1"), "accepted"),
        (used(layered("/OFF [9 0 R]"), "L1"), "hidden_layer"),
        (used(layered("/BaseState /OFF"), "L1"), "hidden_layer"),
        (used(layered("/AS [<< /Event /Print /OCGs [9 0 R] >>]"), "L1"), "hidden_layer"),
        (used(layered(""), "L2"), "hidden_layer"),
    ] {
        let bytes = raw.bytes();
        assert_eq!(verdict(&bytes), code, "{}", String::from_utf8_lossy(&bytes));
    }
}
