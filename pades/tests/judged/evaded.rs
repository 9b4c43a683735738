//! Ways around the checks that were thought of and closed.

use jiff::{SignedDuration, Timestamp};
use pades::{Cache, Certificate, CheckCode, Profile, Verdict, certify, verify};
use std::process::Command;

use crate::authorities::trust;
use crate::lasting::{failures, with_data};
use crate::pki::{Pki, ask};
use crate::profiles::key;
use crate::revocation::Web;
use crate::{accepted, judges, pages};

/// A document timestamp, and nothing else: anybody gets one for anything.
const STAMP: &str = r"
import sys, urllib.request
from asn1crypto import tsp
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.timestamps import TimeStamper

class Authority(TimeStamper):
    async def async_request_tsa_response(self, request):
        headers = {'Content-Type': 'application/timestamp-query'}
        request = urllib.request.Request(sys.argv[2], data=request.dump(), headers=headers)
        return tsp.TimeStampResp.load(urllib.request.urlopen(request).read())

with open(sys.argv[1], 'rb') as page:
    stamper = signers.PdfTimeStamper(Authority())
    stamped = stamper.timestamp_pdf(IncrementalPdfFileWriter(page), 'sha256', None)
    sys.stdout.buffer.write(stamped.getbuffer())
";

#[test]
fn a_timestamp_alone_is_no_signature() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.pdf");
    std::fs::write(&page, pages::classic()).unwrap();
    let done = Command::new(judges::python())
        .args(["-c", STAMP])
        .arg(&page)
        .arg(Pki::shared().tsa("tsa1"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let ours = verify(&done.stdout, &trust("root"), Timestamp::now());
    assert_eq!(failures(&ours), [CheckCode::Signatures]);
    assert_eq!((ours.verdict, ours.is_sound()), (Verdict::NotValid, false));
}

/// An update that draws another page, with so many object streams that a file of this length may
/// just not be read, and then spaces, which make it long enough.
fn heavy_update(signed: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(signed);
    let former: usize = text
        .rsplit("startxref")
        .next()
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let mut out = signed.to_vec();
    let mut table = String::from("xref\n");
    let mut put = |out: &mut Vec<u8>, number: usize, dictionary: &str, bytes: &str| {
        table += &format!("{number} 1\n{:010} 00000 n \n", out.len());
        let length = bytes.len();
        out.extend(format!("{number} 0 obj\n<<{dictionary}/Length {length}>>\nstream\n{bytes}\nendstream\nendobj\n").bytes());
    };
    put(&mut out, 4, "", "BT /F 24 Tf 100 300 Td (Forged) Tj ET");
    for number in 1000..1080 {
        put(&mut out, number, "/Type/ObjStm/N 1/First 5", "2000 0 null");
    }
    let start = out.len();
    out.extend(table.bytes());
    out.extend(format!("trailer\n<</Size 3000/Root 1 0 R/Prev {former}/ID[<00112233><44556677>]>>\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}

#[test]
fn an_update_that_is_read_only_with_what_follows_it_is_told() {
    let signed = certify(&pages::classic(), &accepted::request(), &key("p256")).unwrap();
    let forged = heavy_update(&signed);
    for spaces in [0, 1 << 20, 4 << 20] {
        let padded = [forged.clone(), vec![b' '; spaces]].concat();
        let ours = verify(&padded, &trust("root"), Timestamp::now());
        assert_eq!(ours.verdict, Verdict::NotValid, "{spaces}");
    }
}

#[test]
fn an_ocsp_answer_without_an_end_speaks_of_its_own_time() {
    let judged = |hours: i64| {
        let then = Timestamp::now().checked_sub(SignedDuration::from_hours(hours)).unwrap();
        // The responder gives no nextUpdate.
        let web = Web::new(move |url, body| {
            let url = url.replace("/ocsp/ca", "/ocsp/ca-without-end");
            let body = body.map(|body| ("application/ocsp-request", body));
            Ok(ask(&url, body, Some(&then.to_string())).unwrap())
        });
        let root = [Certificate::from_der(&Pki::shared().certificate("root")).unwrap()];
        let data = |chain: &[Certificate]| Cache::new().data(chain, &root, then, &web).unwrap();
        verify(&with_data("p256", data), &trust("root"), Timestamp::now())
    };
    let fresh = judged(0);
    assert_eq!((failures(&fresh), fresh.profile), (vec![], Some(Profile::BLT)));
    assert_eq!(failures(&judged(48)), [CheckCode::Revocation]);
}
