//! What a file's name says of it.

use sealpress_ledger::is_plain;
use std::ffi::OsStr;

/// Longest name taken: room is left for `~2` and `.error.json` within a file system's 255 bytes.
const LONGEST: usize = 200;
/// Names that a bad name is replaced by begin so.
pub(crate) const BAD_NAME: &str = "bad-name-";
/// Most bytes kept of a bad name.
const KEPT: usize = 150;

/// What a file in the inbox is, by its name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A PDF.
    Pdf {
        /// The name.
        name: String,
    },
    /// A sidecar.
    Sidecar {
        /// The name.
        name: String,
    },
    /// A PDF whose name can't be kept: not UTF-8, too long, or with characters that can't be
    /// shown.
    BadPdf,
    /// Not for us: hidden, temporary, a lock, or something else.
    Ignored,
}

/// What a file is, by its name.
pub(crate) fn read(name: &OsStr) -> Named {
    let bytes = name.as_encoded_bytes();
    if is_temporary(bytes) {
        return Named::Ignored;
    }
    let pdf = ends_with(bytes, b".pdf");
    let Some(name) =
        name.to_str().filter(|name| name.len() <= LONGEST && name.chars().all(is_plain))
    else {
        return if pdf { Named::BadPdf } else { Named::Ignored };
    };
    if pdf {
        return Named::Pdf { name: name.to_owned() };
    }
    let sidecar = [&b".yaml"[..], b".yml", b".json"].iter().any(|ending| ends_with(bytes, ending));
    let reason_file = ends_with(bytes, b".error.json");
    if sidecar && !reason_file { Named::Sidecar { name: name.to_owned() } } else { Named::Ignored }
}

/// The name without its ending: what a PDF and its sidecar have in common.
pub(crate) fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn ends_with(name: &[u8], ending: &[u8]) -> bool {
    name.len() > ending.len() && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending)
}

/// A name that can be kept, for a PDF whose own can't be: as much of it as can be shown, so that
/// people recognise it.
pub(crate) fn kept(name: &OsStr) -> String {
    let shown = name.to_string_lossy();
    let mut kept = BAD_NAME.to_owned();
    for c in stem(&shown).chars() {
        let c = if is_plain(c) && c != char::REPLACEMENT_CHARACTER { c } else { '_' };
        if kept.len() + c.len_utf8() > KEPT {
            break;
        }
        kept.push(c);
    }
    kept + ".pdf"
}

/// Names under which programs write before they are done, or lock what they have open.
pub(crate) fn is_temporary(name: &[u8]) -> bool {
    name.starts_with(b".")
        || name.starts_with(b"~")
        || name.ends_with(b"~")
        || [
            &b".tmp"[..],
            b".temp",
            b".part",
            b".partial",
            b".crdownload",
            b".filepart",
            b".swp",
            b".lock",
        ]
        .iter()
        .any(|ending| ends_with(name, ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    fn named(name: &[u8]) -> Named {
        read(OsStr::from_bytes(name))
    }

    #[test]
    fn a_bad_name_is_kept_as_far_as_it_can_be_shown() {
        let kept = |name: &[u8]| kept(OsStr::from_bytes(name));
        assert_eq!(kept(b"two\nlines.pdf"), "bad-name-two_lines.pdf");
        assert_eq!(kept(b"B1\xa4\xa4_zh.PDF"), "bad-name-B1___zh.pdf");
        assert_eq!(kept("a\u{202e}b.pdf".as_bytes()), "bad-name-a_b.pdf");
        let long = kept("長".repeat(80).as_bytes());
        assert!(long.len() <= KEPT + ".pdf".len() && long.ends_with("長.pdf"), "{long}");
        assert!(matches!(read(OsStr::new(&long)), Named::Pdf { .. }));
    }

    #[test]
    fn names_say_what_a_file_is() {
        assert_eq!(named(b"a_zh_first.pdf"), Named::Pdf { name: "a_zh_first.pdf".into() });
        assert_eq!(named(b"A.PDF"), Named::Pdf { name: "A.PDF".into() });
        assert_eq!(named(b"a.yaml"), Named::Sidecar { name: "a.yaml".into() });
        assert_eq!(named(b"a.json"), Named::Sidecar { name: "a.json".into() });
        for ignored in [
            &b".a.pdf.tmp"[..],
            b"~$a.pdf",
            b".~lock.a.pdf#",
            b"a.pdf.part",
            b"a.pdf~",
            b"a.crdownload",
            b"a.docx",
            b".pdf",
            b"a.error.json",
            b"a.pdf.swp",
            b"\xff.txt",
        ] {
            assert_eq!(named(ignored), Named::Ignored, "{}", String::from_utf8_lossy(ignored));
        }
        for bad in [&b"a\nb.pdf"[..], b"\xff.pdf", "a\u{202e}b.pdf".as_bytes()] {
            assert_eq!(named(bad), Named::BadPdf);
        }
        assert_eq!(named(format!("{}.pdf", "x".repeat(250)).as_bytes()), Named::BadPdf);
    }
}
