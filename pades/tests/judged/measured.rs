//! Memory of a signature, and what is seen of it on the page.

use pades::{Profile, Trust, Verdict, certify, verify};
use std::process::Command;
use std::sync::Mutex;

use crate::accepted::request;
use crate::authorities::Authority;
use crate::keys::self_signed;
use crate::pages;
use crate::profiles::{Host, key};

/// A kilobyte count of this process from `/proc/self/status`.
fn kilobytes(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// What `work` gives, and how many kilobytes it took at its peak beyond what there were.
fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    // Making the page took more than signing it does: let the peak be counted from here.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = kilobytes("VmRSS:");
    let done = work();
    (done, kilobytes("VmHWM:").saturating_sub(before))
}

/// Less than three times the file, and no less than the copy that every signature makes: else
/// nothing was measured.
fn assert_small(peak: usize, size: usize) {
    let size = size / 1024;
    assert!((size..3 * size).contains(&peak), "{peak} kB more for a file of {size} kB");
}

const SIZE: usize = 48 << 20;

/// Held while a process measures itself, which another test of this size would disturb.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn a_signature_takes_less_than_three_times_the_file() {
    let _alone = ALONE.lock().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let made = self_signed(folder.path(), "key", &["-newkey", "rsa:2048"], &[]);
    let key = made.open();
    let page = pages::with_ballast(SIZE);
    let (signed, peak) = peak_of(|| certify(&page, &request(), &key).unwrap());
    assert_small(peak, SIZE);
    let trust = Trust::new(made.certificates());
    let (ours, peak) = peak_of(|| verify(&signed, &trust, jiff::Timestamp::now()));
    assert_eq!(ours.verdict, Verdict::Valid);
    assert!(peak < 3 * SIZE / 1024, "{peak} kB more to verify");
}

#[test]
fn a_signature_that_lasts_takes_less_than_three_times_the_file() {
    let _alone = ALONE.lock().unwrap();
    let authority = Authority("tsa1");
    let (host, key) = (Host::new(&authority), key("rsa2048"));
    let page = pages::with_ballast(SIZE);
    let (signed, peak) = peak_of(|| host.certify(Profile::BLTA, &page, &key).unwrap());
    assert!(signed.len() > SIZE);
    assert_small(peak, SIZE);
}

#[test]
fn the_seal_is_seen_where_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let made = self_signed(at, "key", &["-newkey", "rsa:2048"], &[]);
    for (shape, page) in pages::shapes(at) {
        let signed = certify(&page, &request(), &made.open()).unwrap();
        std::fs::write(at.join("signed.pdf"), signed).unwrap();
        let done = Command::new("pdftoppm")
            .current_dir(at)
            .args(["-r", "72", "-singlefile", "signed.pdf", "page"])
            .status()
            .unwrap();
        assert!(done.success());
        let picture = std::fs::read(at.join("page.ppm")).unwrap();
        let seen = red(&picture);
        // The frame that the seal draws stands at its /BBox's edge; /Rect is x 600 to 700 and
        // y 60.5 to 160.5 of 595.28 from below.
        assert_eq!(seen, Some([602, 437, 697, 532]), "{shape}");
    }
}

/// Left, top, right and bottom of what is red in a PPM picture.
fn red(picture: &[u8]) -> Option<[usize; 4]> {
    let mut header = picture.splitn(4, |byte| *byte == b'\n');
    assert_eq!(header.next(), Some(b"P6".as_slice()));
    let size = std::str::from_utf8(header.next()?).ok()?;
    let width: usize = size.split(' ').next()?.parse().ok()?;
    let pixels = header.nth(1)?;
    let red =
        pixels.chunks_exact(3).enumerate().filter(|(_, p)| p[0] > 200 && p[1] < 60 && p[2] < 60);
    red.map(|(at, _)| [at % width, at / width]).fold(None, |edges, [x, y]| match edges {
        None => Some([x, y, x, y]),
        Some([l, t, r, b]) => Some([l.min(x), t.min(y), r.max(x), b.max(y)]),
    })
}
