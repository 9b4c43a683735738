//! A handed-in file, taken apart where it is a ZIP: within limits, and nothing in it is opened that
//! is packed itself.

use encoding_rs::BIG5;
use std::io::{Cursor, Read};
use zip::ZipArchive;

use super::{Upload, Why};

/// Files in a ZIP.
const MOST_FILES: usize = 200;

/// Largest file that is judged, handed in by itself or in a ZIP, in bytes.
const LARGEST: u64 = 20 << 20;

/// What all files of a ZIP may inflate to together, in bytes.
const MOST_INFLATED: u64 = 200 << 20;

/// Longest name that is shown, in characters.
const LONGEST_NAME: usize = 120;

/// A file of a bundle, with its name as it may be shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// To be judged.
    File(String, Vec<u8>),
    /// Not to be judged.
    Other(String, Why),
}

/// What was handed in; gives its files one after another.
pub(super) enum Bundle {
    /// One file.
    One(Option<Member>),
    /// A ZIP.
    Zip { name: String, zip: ZipArchive<Cursor<Vec<u8>>>, next: usize, left: u64 },
}

impl Bundle {
    /// Looks at what was handed in, by its bytes and not by its name.
    pub(super) fn open(upload: Upload) -> Self {
        let name = shown(&upload.name);
        if !upload.bytes.starts_with(b"PK\x03\x04") {
            // What reads it may take many times its size.
            if upload.bytes.len() as u64 > LARGEST {
                return Self::One(Some(Member::Other(name, Why::TooLarge)));
            }
            return Self::One(Some(Member::File(name, upload.bytes)));
        }
        // The reader takes memory for each file that the directory lists, before anybody can ask.
        if listed(&upload.bytes) > MOST_FILES {
            return Self::One(Some(Member::Other(name, Why::TooMuch)));
        }
        match ZipArchive::new(Cursor::new(upload.bytes)) {
            Ok(zip) => Self::Zip { name, zip, next: 0, left: MOST_INFLATED },
            Err(_) => Self::One(Some(Member::Other(name, Why::Packed))),
        }
    }

    /// The next file.
    pub(super) fn next(&mut self) -> Option<Member> {
        match self {
            Self::One(one) => one.take(),
            Self::Zip { name, zip, next, left } => {
                while *next < zip.len() && *left > 0 {
                    let at = *next;
                    *next += 1;
                    if let Some(member) = member(name, zip, at, left) {
                        return Some(member);
                    }
                }
                let rest = (*next < zip.len()).then(|| Member::Other(name.clone(), Why::TooMuch));
                *next = zip.len();
                rest
            }
        }
    }
}

/// One file of the ZIP; `None` for a folder and for what macOS adds.
fn member(
    name: &str,
    zip: &mut ZipArchive<Cursor<Vec<u8>>>,
    at: usize,
    left: &mut u64,
) -> Option<Member> {
    let Ok(mut file) = zip.by_index(at) else {
        return Some(Member::Other(name.to_owned(), Why::Packed));
    };
    let inside = decoded(file.name_raw());
    if file.is_dir() || inside.starts_with("__MACOSX/") {
        return None;
    }
    let shown = shown(&format!("{name}/{inside}"));
    if !inside.to_ascii_lowercase().ends_with(".pdf") {
        return Some(Member::Other(shown, Why::NotPdf));
    }
    // What it says of its size is not believed.
    let mut bytes = Vec::new();
    let read = (&mut file).take((LARGEST + 1).min(*left)).read_to_end(&mut bytes);
    *left = left.saturating_sub(bytes.len() as u64);
    Some(match read {
        Err(_) => Member::Other(shown, Why::Packed),
        Ok(_) if bytes.len() as u64 > LARGEST => Member::Other(shown, Why::TooLarge),
        Ok(_) if *left == 0 => Member::Other(shown, Why::TooMuch),
        Ok(_) => Member::File(shown, bytes),
    })
}

/// How many files the directory may list: each has this mark.
fn listed(zip: &[u8]) -> usize {
    zip.windows(4).filter(|window| *window == b"PK\x01\x02").count()
}

/// A name as it was packed: in UTF-8, or else in the code page of Taiwan's Windows.
fn decoded(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => BIG5.decode(raw).0.into_owned(),
    }
}

/// A name that may be shown: without what controls a screen or turns the direction of writing.
fn shown(name: &str) -> String {
    let turns = |c: char| {
        matches!(c, '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
    };
    let clean = name.chars().filter(|c| !c.is_control() && !turns(*c));
    clean.take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn zip(files: &[(&str, &[u8])]) -> Upload {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        Upload { name: "all.zip".into(), bytes: writer.finish().unwrap().into_inner() }
    }

    fn members(upload: Upload) -> Vec<Member> {
        let mut bundle = Bundle::open(upload);
        std::iter::from_fn(|| bundle.next()).collect()
    }

    fn other(name: &str, why: Why) -> Member {
        Member::Other(name.into(), why)
    }

    #[test]
    fn of_a_zip_the_pdfs_are_judged_and_the_rest_is_listed() {
        let nested = zip(&[("a.pdf", b"%PDF")]).bytes;
        let found = members(zip(&[
            ("王/a.pdf", b"%PDF-1"),
            ("B.PDF", b"%PDF-2"),
            ("read.txt", b"x"),
            ("more.zip", &nested),
            ("__MACOSX/._a.pdf", b"x"),
            ("\u{202E}fdp.\u{7}x.pdf", b"%PDF-3"),
        ]));
        assert_eq!(
            found,
            [
                Member::File("all.zip/王/a.pdf".into(), b"%PDF-1".to_vec()),
                Member::File("all.zip/B.PDF".into(), b"%PDF-2".to_vec()),
                other("all.zip/read.txt", Why::NotPdf),
                other("all.zip/more.zip", Why::NotPdf),
                Member::File("all.zip/fdp.x.pdf".into(), b"%PDF-3".to_vec()),
            ]
        );
        assert_eq!(decoded(b"\xA4\xFD.pdf"), "王.pdf");
    }

    #[test]
    fn a_bomb_is_not_inflated() {
        let zeros = vec![0; (LARGEST + 1) as usize];
        assert_eq!(
            members(zip(&[("bomb.pdf", &zeros)])),
            [other("all.zip/bomb.pdf", Why::TooLarge)]
        );
        let large = Upload { name: "large.pdf".into(), bytes: zeros };
        assert_eq!(members(large), [other("large.pdf", Why::TooLarge)]);
        let mut bundle = Bundle::open(zip(&[("a.pdf", b"%PDF-1"), ("b.pdf", b"%PDF-2")]));
        let Bundle::Zip { left, .. } = &mut bundle else { panic!("a ZIP") };
        *left = 8;
        assert!(matches!(bundle.next(), Some(Member::File(..))));
        assert_eq!(bundle.next(), Some(other("all.zip/b.pdf", Why::TooMuch)));
        assert_eq!(bundle.next(), None);
    }

    #[test]
    fn too_many_files_and_broken_zips_are_told() {
        let names: Vec<String> = (0..=MOST_FILES).map(|number| format!("{number}.pdf")).collect();
        let files: Vec<(&str, &[u8])> =
            names.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
        assert_eq!(members(zip(&files)), [other("all.zip", Why::TooMuch)]);
        let mut broken = zip(&[("a.pdf", b"%PDF")]);
        broken.bytes.truncate(40);
        assert_eq!(members(broken), [other("all.zip", Why::Packed)]);
        let one = Upload { name: "a.pdf".into(), bytes: b"PK is no ZIP".to_vec() };
        assert_eq!(members(one), [Member::File("a.pdf".into(), b"PK is no ZIP".to_vec())]);
    }
}
