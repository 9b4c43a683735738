//! What the document itself brings as proof that certificates were not revoked: the document
//! security store (ETSI EN 319 142-1, section 5.4.2).

use jiff::{SignedDuration, Timestamp};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};
use std::collections::BTreeSet;

use super::{CLOCK_SKEW, Finding};
use crate::document::{array, dictionary};
use crate::revocation::crl::{Crl, MOST_CRL};
use crate::revocation::ocsp::{OcspAnswer, Status};
use crate::revocation::sources;
use crate::{Certificate, limits};

/// Most streams of each kind that are read.
const MOST: usize = 64;

/// Most bytes of the whole store: few bytes may inflate to many, and one stream may be named often.
const MOST_BYTES: usize = 32 << 20;

/// The document's security store.
#[derive(Default)]
pub(super) struct Store {
    /// Certificates, which prove nothing by themselves.
    pub(super) certificates: Vec<Certificate>,
    ocsp: Vec<(ObjectId, Vec<u8>)>,
    crls: Vec<(ObjectId, Vec<u8>)>,
}

impl Store {
    /// What `document` has, whose bytes are `pdf`. What can't be read in it is left out.
    pub(super) fn read(pdf: &[u8], document: &Document) -> Self {
        let store = document.catalog().ok().and_then(|root| dictionary(document, root, b"DSS"));
        let Some(store) = store else { return Self::default() };
        let ids = |key: &[u8]| references(array(document, store, key));
        let (certificates, ocsp, crls) = (ids(b"Certs"), ids(b"OCSPs"), ids(b"CRLs"));
        let wanted = [&certificates, &ocsp, &crls].into_iter().flatten().copied().collect();
        let streams = limits::streams(pdf, wanted);
        let mut left = MOST_BYTES;
        let mut read = |ids: &BTreeSet<ObjectId>| -> Vec<(ObjectId, Vec<u8>)> {
            let mut found = Vec::new();
            for id in ids {
                let Some(bytes) = streams.get(id).and_then(|it| content(it, left)) else {
                    continue;
                };
                left = left.saturating_sub(bytes.len());
                found.push((*id, bytes));
            }
            found
        };
        let certificates = read(&certificates);
        Self {
            certificates: certificates
                .iter()
                .filter_map(|(_, der)| Certificate::from_der(der).ok())
                .collect(),
            ocsp: read(&ocsp),
            crls: read(&crls),
        }
    }

    /// Whether it says anything about revocation.
    pub(super) fn says_something(&self) -> bool {
        !(self.ocsp.is_empty() && self.crls.is_empty())
    }

    /// Whether the document has none.
    pub(super) fn is_empty(&self) -> bool {
        self.certificates.is_empty() && !self.says_something()
    }

    /// The streams with what it says.
    pub(super) fn places(&self) -> impl Iterator<Item = ObjectId> {
        self.ocsp.iter().chain(&self.crls).map(|(id, _)| *id)
    }
}

fn references(items: &[Object]) -> BTreeSet<ObjectId> {
    items.iter().filter_map(|item| item.as_reference().ok()).take(MOST).collect()
}

fn content(stream: &Stream, most: usize) -> Option<Vec<u8>> {
    if stream.dict.has(b"Filter") {
        stream.decompressed_content_with_limit(MOST_CRL.min(most)).ok()
    } else {
        Some(stream.content.clone()).filter(|bytes| bytes.len() <= most)
    }
}

/// When a chain is judged.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// What was revoked up to here, was revoked when it was used.
    pub(super) used: Timestamp,
    /// The clock.
    pub(super) now: Timestamp,
}

/// What is known of a chain.
#[derive(Default)]
pub(super) struct Known {
    /// Whether each certificate but the root is known not to have been revoked.
    pub(super) complete: bool,
    /// Whether nothing is said of the first, which says where one could ask.
    pub(super) misses_first: bool,
    /// Where that stands in the document.
    pub(super) places: BTreeSet<ObjectId>,
}

/// What is known of one certificate.
enum Answer {
    Good(ObjectId),
    /// There are answers, and none that counts at the time.
    Unusable(Finding),
    Nothing,
}

const REVOKED: Finding = ["憑證在使用時已被廢止", "a certificate was revoked when it was used"];

impl Store {
    /// What is known of the certificates from signer to root, at a moment.
    ///
    /// # Errors
    /// One of them was revoked when it was used, or what the document brings for the first one, or
    /// should, does not count.
    pub(super) fn known(&self, chain: &[Certificate], at: Moment) -> Result<Known, Finding> {
        let mut known = Known { complete: true, ..Known::default() };
        for (index, pair) in chain.windows(2).enumerate() {
            let [certificate, issuer] = pair else { continue };
            match self.answer(certificate, issuer, at)? {
                Answer::Good(place) => {
                    known.places.insert(place);
                }
                Answer::Unusable(finding) if index == 0 => return Err(finding),
                Answer::Unusable(_) | Answer::Nothing => {
                    known.complete = false;
                    known.misses_first |= index == 0 && can_be_asked_about(certificate);
                }
            }
        }
        Ok(known)
    }

    fn answer(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: Moment,
    ) -> Result<Answer, Finding> {
        let by_ocsp = self.ocsp.iter().filter_map(|(id, der)| {
            let answer = OcspAnswer::read(der, certificate, issuer).ok()?;
            Some((*id, answer.status, answer.this_update, answer.next_update))
        });
        let by_crl = self.crls.iter().filter_map(|(id, der)| {
            let crl = Crl::read(der.clone(), issuer).ok()?;
            Some((*id, crl.status(certificate).ok()?, crl.this_update, crl.next_update))
        });
        let mut found = Answer::Nothing;
        for (place, status, from, until) in by_ocsp.chain(by_crl) {
            match status {
                Status::Revoked { at: since } if since <= at.used => return Err(REVOKED),
                Status::Revoked { .. } | Status::Good => {
                    match in_force(certificate, from, until, at) {
                        Ok(()) => found = Answer::Good(place),
                        Err(finding) if matches!(found, Answer::Nothing) => {
                            found = Answer::Unusable(finding);
                        }
                        Err(_) => {}
                    };
                }
                Status::Unknown => {}
            }
        }
        Ok(found)
    }
}

/// How long after its own time an answer without an end is believed.
const ENDLESS: SignedDuration = SignedDuration::from_hours(1);

/// Whether an answer speaks of the time at which a certificate was used, or of a later one.
fn in_force(
    certificate: &Certificate,
    from: Timestamp,
    until: Option<Timestamp>,
    at: Moment,
) -> Result<(), Finding> {
    // An authority need not remember who was revoked once his certificate has ended (RFC 5280,
    // section 3.3).
    if from > certificate.validity().until {
        return Err([
            "檔案內的廢止資料（OCSP、CRL）晚於憑證的期限",
            "the revocation data in the file (OCSP, CRL) are later than the certificate's end",
        ]);
    }
    if from > at.now.checked_add(CLOCK_SKEW).unwrap_or(at.now) {
        return Err([
            "檔案內的廢止資料（OCSP、CRL）日期在未來",
            "the revocation data in the file (OCSP, CRL) are of the future",
        ]);
    }
    // One without an end speaks of its own time (RFC 6960, section 4.2.2.1), or little later.
    let until = until.unwrap_or_else(|| from.checked_add(ENDLESS).unwrap_or(from));
    if until < at.used {
        return Err([
            "檔案內的廢止資料（OCSP、CRL）在簽章時已過期",
            "the revocation data in the file (OCSP, CRL) had ended when it was signed",
        ]);
    }
    Ok(())
}

/// Whether the certificate says where one can ask about it.
fn can_be_asked_about(certificate: &Certificate) -> bool {
    !sources::ocsp(certificate).is_empty() || !sources::crls(certificate).is_empty()
}

/// Whether the store has a part for the signature with this digest of its contents.
pub(super) fn has_part_for(document: &Document, contents: &[u8]) -> bool {
    let part = || -> Option<&Dictionary> {
        let store = dictionary(document, document.catalog().ok()?, b"DSS")?;
        let mut key = Vec::new();
        crate::write::hex(&mut key, &crate::algorithm::sha1(contents));
        dictionary(document, dictionary(document, store, b"VRI")?, &key)
    };
    part().is_some()
}
