//! PDFs to sign: one page with a Form XObject “Seal” in its resources.

use lopdf::{Object, dictionary};
use std::path::Path;
use std::process::Command;

/// A one-page PDF with a cross-reference table.
pub(crate) fn classic() -> Vec<u8> {
    with_ballast(0)
}

/// The same with a stream of this many bytes that nothing draws.
pub(crate) fn with_ballast(bytes: usize) -> Vec<u8> {
    let page = b"0.9 0.9 1 rg 0 0 842 595 re f BT /F 24 Tf 0 g 100 300 Td (Sealpress) Tj ET";
    let seal = b"1 0 0 RG 6 w 5 5 90 90 re S";
    let stream = |dictionary: &str, bytes: &[u8]| {
        let mut out = format!("<<{dictionary}/Length {}>>\nstream\n", bytes.len()).into_bytes();
        out.extend(bytes);
        out.extend(b"\nendstream");
        out
    };
    let objects: [Vec<u8>; 7] = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1/Resources<</XObject<</Seal 5 0 R>>/Font<</F 6 0 R>>>>>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 841.89 595.28]/Contents 4 0 R>>".to_vec(),
        stream("", page),
        stream("/Type/XObject/Subtype/Form/BBox[0 0 100 100]", seal),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_vec(),
        stream("", &vec![b'x'; bytes]),
    ];
    let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut table = String::from("0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", out.len());
        out.extend(format!("{} 0 obj\n", index + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    out.extend(format!("xref\n0 8\n{table}trailer\n<</Size 8/Root 1 0 R/ID[<00112233><44556677>]>>\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}

/// The page with a form already: a text field of this name, in arrays that are objects of their
/// own.
pub(crate) fn with_form(name: &str) -> Vec<u8> {
    let mut document = lopdf::Document::load_mem(&classic()).unwrap();
    let (root, page) = ((1, 0), (3, 0));
    let field = document.add_object(dictionary! {
        "Type" => "Annot", "Subtype" => "Widget", "FT" => "Tx",
        "T" => Object::string_literal(name), "V" => Object::string_literal("x"),
        "Rect" => vec![10.into(), 10.into(), 90.into(), 30.into()], "P" => page,
    });
    let fields = document.add_object(vec![field.into()]);
    let annotations = document.add_object(vec![field.into()]);
    let form = document.add_object(dictionary! { "Fields" => fields });
    document.get_dictionary_mut(root).unwrap().set("AcroForm", form);
    document.get_dictionary_mut(page).unwrap().set("Annots", annotations);
    let mut out = Vec::new();
    document.save_to(&mut out).unwrap();
    out
}

/// The same through qpdf, with these options.
pub(crate) fn through_qpdf(folder: &Path, options: &[&str]) -> Vec<u8> {
    let (from, to) = (folder.join("qpdf-in.pdf"), folder.join("qpdf-out.pdf"));
    std::fs::write(&from, classic()).unwrap();
    let status = Command::new("qpdf").args(options).args([&from, &to]).status().unwrap();
    assert!(status.success());
    std::fs::read(to).unwrap()
}

/// Every shape of file that is signed in tests, with its name.
pub(crate) fn shapes(folder: &Path) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("classic", classic()),
        ("objstm", through_qpdf(folder, &["--object-streams=generate"])),
        ("linear", through_qpdf(folder, &["--linearize", "--object-streams=generate"])),
    ]
}
