//! Files that chance has damaged: nothing panics, nothing hangs, nothing changed is valid, and
//! what is certified all the same verifies.

use pades::{Trust, Verdict, certify, verify};
use std::time::{Duration, Instant};

use crate::accepted::request;
use crate::{keys, pages};

/// Marsaglia's xorshift: the same damage in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn damage(&mut self, file: &mut Vec<u8>) {
        const TOKENS: [&str; 10] =
            ["[", "<<", ">>", "(", "99999999999", "-1", "1 0 R", "/Kids", "null", "obj"];
        let at = self.below(file.len());
        match self.below(4) {
            0 => file[at] = u8::try_from(self.below(256)).unwrap(),
            1 => {
                let token = TOKENS[self.below(TOKENS.len())];
                let end = (at + self.below(2) * token.len()).min(file.len());
                file.splice(at..end, token.bytes());
            }
            2 => {
                let end = (at + self.below(40)).min(file.len());
                file.drain(at..end);
            }
            _ => {
                let copied = file[at..(at + self.below(300)).min(file.len())].to_vec();
                let to = self.below(file.len());
                file.splice(to..to, copied);
            }
        }
    }
}

#[test]
fn damage_by_chance_is_survived() {
    let folder = tempfile::tempdir().unwrap();
    let made = keys::self_signed(folder.path(), "key", keys::KINDS[3].1, &[]);
    let (key, trust) = (made.open(), Trust::new(made.certificates()));
    let now = jiff::Timestamp::now();
    let mut files = Vec::new();
    for (_, page) in pages::shapes(folder.path()) {
        files.push(certify(&page, &request(), &key).unwrap());
        files.push(page);
    }
    let mut chance = Chance(0x5EA1_93E5);
    for run in 0..3000 {
        let whole = &files[chance.below(files.len())];
        let mut file = whole.clone();
        for _ in 0..=chance.below(12) {
            chance.damage(&mut file);
        }
        let started = Instant::now();
        if verify(&file, &trust, now).verdict == Verdict::Valid {
            assert_eq!(&file, whole, "run {run}");
        }
        if let Ok(signed) = certify(&file, &request(), &key) {
            let ours = verify(&signed, &trust, jiff::Timestamp::now());
            assert_eq!(ours.verdict, Verdict::Valid, "run {run}: {:?}", ours.first_failure());
        }
        assert!(started.elapsed() < Duration::from_secs(20), "run {run}");
    }
}

/// What others signed, several times and with updates: whatever is valid after damage is signed to
/// the same bytes but for the signatures themselves, of which parts are signed by nobody.
#[test]
fn damage_by_chance_to_what_others_signed_is_survived() {
    let fixtures = crate::judges::workspace().join("pades/tests/fixtures");
    let pem = std::fs::read_to_string(fixtures.join("root.pem")).unwrap();
    let trust = Trust::new(pades::Certificate::from_pem(&pem).unwrap());
    let names = ["itext-certified-approved", "itext-objstm", "pdfbox-twice", "pdfbox-objstm"];
    let now = jiff::Timestamp::now();
    let mut chance = Chance(0x0BAD_5EA1);
    for name in names {
        let whole = std::fs::read(fixtures.join(format!("{name}.pdf"))).unwrap();
        let signed = without_strings(&whole);
        for run in 0..400 {
            let mut file = whole.clone();
            for _ in 0..=chance.below(6) {
                chance.damage(&mut file);
            }
            let started = Instant::now();
            if verify(&file, &trust, now).verdict == Verdict::Valid {
                assert!(without_strings(&file) == signed, "{name}, run {run}");
            }
            assert!(started.elapsed() < Duration::from_secs(20), "{name}, run {run}");
        }
    }
}

/// The file without its long hexadecimal strings, and what is white at its end.
fn without_strings(pdf: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in pdf.trim_ascii_end().split_inclusive(|byte| *byte == b'>') {
        let open = part.iter().rposition(|byte| *byte == b'<').unwrap_or(part.len());
        let long = part.len() - open > 1000;
        out.extend_from_slice(if long { &part[..open] } else { part });
    }
    out
}
