//! What acts, asks, plays, fetches, hides, or was signed.

use crate::builder::CONTENT;
use crate::sheet::FREE;
use crate::{Case, Must, Siege};

use Must::{Harmless, Refuse};

#[test]
fn active_content_is_refused_by_its_name_or_left_behind() {
    const CASES: &[Case] = &[
        (
            "JavaScript on opening",
            |s| s.catalog("/OpenAction << /S /JavaScript /JS (app.alert(1)) >>").bytes(),
            Refuse("javascript"),
        ),
        (
            "JavaScript of the document",
            |s| {
                s.catalog("/Names << /JavaScript << /Names [(a) 10 0 R] >> >>")
                    .object(FREE, "<< /S /JavaScript /JS (1) >>")
                    .bytes()
            },
            Refuse("javascript"),
        ),
        (
            "JavaScript with its name in hexadecimal",
            |s| s.catalog("/OpenAction << /S /Java#53cript /J#53 (1) >>").bytes(),
            Refuse("javascript"),
        ),
        (
            "JavaScript that nothing refers to",
            |s| s.object(FREE, "<< /S /JavaScript /JS (1) >>").bytes(),
            Refuse("javascript"),
        ),
        (
            "JavaScript as the next action of a link",
            |s| {
                s.page(
                    "/Annots [<< /Subtype /Link /Rect [0 0 842 595] /A << /S /GoTo /D [3 0 R /Fit] \
                     /Next << /S /JavaScript /JS (1) >> >> >>]",
                )
                .bytes()
            },
            Refuse("javascript"),
        ),
        (
            "JavaScript on pages that open",
            |s| s.page("/AA << /O << /S /JavaScript /JS (1) >> >>").bytes(),
            Refuse("automatic_action"),
        ),
        (
            "another action on pages that open",
            |s| s.page("/AA << /O << /S /URI /URI (http://a) >> >>").bytes(),
            Refuse("automatic_action"),
        ),
        (
            "Launch",
            |s| s.catalog("/OpenAction << /S /Launch /F (cmd.exe) >>").bytes(),
            Refuse("launch_action"),
        ),
        (
            "a link that launches",
            |s| s.page("/Annots [<< /Subtype /Link /A << /S /Launch /F (a.exe) >> >>]").bytes(),
            Refuse("launch_action"),
        ),
        (
            "a web page on opening",
            |s| s.catalog("/OpenAction << /S /URI /URI (http://a.example) >>").bytes(),
            Refuse("open_action"),
        ),
        (
            "a link to a web page",
            |s| {
                s.page(
                    "/Annots [<< /Subtype /Link /Rect [0 0 842 595] \
                     /A << /S /URI /URI (javascript:alert(1)) >> >>]",
                )
                .bytes()
            },
            Harmless,
        ),
        (
            "SubmitForm",
            |s| s.object(FREE, "<< /S /SubmitForm /F (http://a.example) >>").bytes(),
            Refuse("submit_action"),
        ),
        (
            "ImportData",
            |s| s.object(FREE, "<< /S /ImportData /F (a.fdf) >>").bytes(),
            Refuse("import_action"),
        ),
        (
            "GoToR",
            |s| s.catalog("/OpenAction << /S /GoToR /F (//host/share/a.pdf) >>").bytes(),
            Refuse("remote_action"),
        ),
        (
            "GoToE",
            |s| s.object(FREE, "<< /S /GoToE /T << /R /C >> >>").bytes(),
            Refuse("remote_action"),
        ),
        (
            "an embedded file",
            |s| {
                s.catalog("/Names << /EmbeddedFiles << /Names [(a) 10 0 R] >> >>")
                    .object(FREE, "<< /Type /Filespec /F (a.exe) /EF << /F 11 0 R >> >>")
                    .stream(FREE + 1, "/Type /EmbeddedFile", b"MZ")
                    .bytes()
            },
            Refuse("embedded_file"),
        ),
        (
            "an embedded file that the page's font brings along",
            |s| s.stream(FREE, "/Type /EmbeddedFile", b"MZ").bytes(),
            Refuse("embedded_file"),
        ),
        (
            "an associated file",
            |s| {
                s.catalog("/AF [10 0 R]")
                    .object(FREE, "<< /Type /Filespec /UF (a) /EF << /UF 11 0 R >> >>")
                    .stream(FREE + 1, "", b"MZ")
                    .bytes()
            },
            Refuse("embedded_file"),
        ),
        (
            "a file as an annotation",
            |s| s.page("/Annots [<< /Subtype /FileAttachment /FS 10 0 R >>]").bytes(),
            Refuse("annotation"),
        ),
        (
            "an XFA form",
            |s| {
                s.catalog("/AcroForm << /Fields [] /XFA [(template) 10 0 R] >>")
                    .stream(FREE, "", b"<template/>")
                    .bytes()
            },
            Refuse("xfa_form"),
        ),
        (
            "form fields",
            |s| {
                s.catalog("/AcroForm << /Fields [10 0 R] >>")
                    .object(FREE, "<< /FT /Tx /T (a) /V (b) >>")
                    .bytes()
            },
            Refuse("form_fields"),
        ),
        (
            "a form without fields",
            |s| s.catalog("/AcroForm << /Fields [] /NeedAppearances true >>").bytes(),
            Harmless,
        ),
        (
            "a signature",
            |s| {
                s.catalog("/AcroForm << /SigFlags 3 /Fields [10 0 R] >>")
                    .object(FREE, "<< /FT /Sig /T (a) /V 11 0 R >>")
                    .object(FREE + 1, "<< /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >>")
                    .bytes()
            },
            Refuse("already_signed"),
        ),
        (
            "a signature that no field refers to",
            |s| s.object(FREE, "<< /ByteRange [0 1 2 3] /Contents <00> >>").bytes(),
            Refuse("already_signed"),
        ),
        (
            "permissions of a certification",
            |s| s.catalog("/Perms << /DocMDP 10 0 R >>").bytes(),
            Refuse("already_signed"),
        ),
        (
            "3D",
            |s| {
                s.page("/Annots [<< /Subtype /3D /3DD 10 0 R >>]")
                    .stream(FREE, "/Type /3D /Subtype /U3D", b"U3D")
                    .bytes()
            },
            Refuse("annotation"),
        ),
        (
            "rich media",
            |s| {
                s.page("/Annots [<< /Subtype /RichMedia /RichMediaContent << /Assets << >> >> >>]")
                    .bytes()
            },
            Refuse("annotation"),
        ),
        ("a film", |s| s.object(FREE, "<< /S /Rendition /OP 0 >>").bytes(), Refuse("media_action")),
        (
            "an annotation with an appearance",
            |s| {
                s.page("/Annots [<< /Subtype /Stamp /Rect [0 0 842 595] /AP << /N 10 0 R >> >>]")
                    .stream(FREE, "/Subtype /Form /BBox [0 0 842 595]", b"0 0 842 595 re f")
                    .bytes()
            },
            Refuse("annotation"),
        ),
        (
            "a link whose appearance covers the page",
            |s| {
                s.page(
                    "/Annots [<< /Subtype /Link /Rect [0 0 842 595] /AP << /N 10 0 R >> \
                     /A << /S /GoTo /D [3 0 R /Fit] >> >>]",
                )
                .stream(FREE, "/Subtype /Form /BBox [0 0 842 595]", b"0 0 842 595 re f")
                .bytes()
            },
            Harmless,
        ),
        (
            "a stream in another file",
            |s| s.stream(FREE, "/F (/etc/passwd)", b"").bytes(),
            Refuse("external_stream"),
        ),
        (
            "the page's content in another file",
            |s| s.stream(CONTENT, "/F << /Type /Filespec /F (/etc/passwd) >>", b"").bytes(),
            Refuse("external_stream"),
        ),
        (
            "a page of another file",
            |s| {
                s.stream(FREE, "/Subtype /Form /BBox [0 0 9 9] /Ref << /F (a.pdf) /Page 0 >>", b"")
                    .bytes()
            },
            Refuse("external_stream"),
        ),
        (
            "what writers leave in a document and nobody needs on a page",
            |s| {
                s.catalog(
                    "/PageMode /FullScreen /Outlines << /Type /Outlines >> /Metadata 10 0 R \
                     /ViewerPreferences << /HideMenubar true >> /PieceInfo << /A << >> >> \
                     /Threads [] /URI << /Base (http://a.example/) >>",
                )
                .page("/PieceInfo << /A << /Private (x) >> >> /Thumb 10 0 R /Dur 1 /Trans << >>")
                .stream(FREE, "/Type /Metadata /Subtype /XML", b"<x/>")
                .bytes()
            },
            Harmless,
        ),
    ];
    let mut siege = Siege::lay();
    siege.judge(CASES);
    siege.lift();
}
