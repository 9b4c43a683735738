//! The document security store: what a verifier would have to fetch, in the document itself
//! (ETSI EN 319 142-1, section 5.4.2; ISO 32000-2, section 12.8.4.3).

use lopdf::{Dictionary, Object, ObjectId, dictionary};

use crate::algorithm::sha1;
use crate::update::Update;
use crate::{Certificate, RevocationData, write};

/// What goes into a store, each thing once.
#[derive(Default)]
pub(crate) struct Store {
    certificates: Vec<Vec<u8>>,
    ocsp: Vec<Vec<u8>>,
    crls: Vec<Vec<u8>>,
}

impl Store {
    /// Take in a chain and what says that it was not revoked.
    pub(crate) fn add(&mut self, chain: &[Certificate], data: RevocationData) {
        let certificates = chain.iter().chain(&data.certificates);
        add_new(&mut self.certificates, certificates.map(|one| one.der().to_vec()));
        add_new(&mut self.ocsp, data.ocsp);
        add_new(&mut self.crls, data.crls);
    }

    /// Whether a chain was taken in.
    pub(crate) fn covers(&self, chain: &[Certificate]) -> bool {
        chain.iter().all(|one| self.certificates.iter().any(|der| der == one.der()))
    }

    /// Bytes that it takes in a file at most.
    pub(crate) fn size(&self) -> usize {
        let all = [&self.certificates, &self.ocsp, &self.crls];
        all.into_iter().flatten().map(|der| der.len() + FRAME).sum()
    }

    /// Write the store and its part for the signature with these /Contents, and give its place.
    pub(crate) fn put(&self, update: &mut Update, contents: &[u8]) -> ObjectId {
        let mut of_signature = Dictionary::new();
        let mut of_document = dictionary! { "Type" => Object::Name(b"DSS".to_vec()) };
        for (all, singular, plural) in [
            (&self.certificates, "Cert", "Certs"),
            (&self.ocsp, "OCSP", "OCSPs"),
            (&self.crls, "CRL", "CRLs"),
        ] {
            if !all.is_empty() {
                let places: Vec<Object> =
                    all.iter().map(|der| Object::Reference(stream(update, der))).collect();
                of_signature.set(singular, Object::Array(places.clone()));
                of_document.set(plural, Object::Array(places));
            }
        }
        let mut key = Vec::new();
        write::hex(&mut key, &sha1(contents));
        let mut parts = Dictionary::new();
        parts.set(key, Object::Dictionary(of_signature));
        of_document.set("VRI", Object::Dictionary(parts));
        let id = update.new_id();
        update.put(id, &of_document);
        id
    }
}

/// Bytes that an object's own frame, its line in the cross-reference section and its references
/// take at most.
const FRAME: usize = 160;

fn add_new(all: &mut Vec<Vec<u8>>, more: impl IntoIterator<Item = Vec<u8>>) {
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}

fn stream(update: &mut Update, bytes: &[u8]) -> ObjectId {
    let id = update.new_id();
    update.put_with(id, |out| {
        out.extend(format!("<</Length {}>>\nstream\n", bytes.len()).bytes());
        out.extend_from_slice(bytes);
        out.extend(b"\nendstream");
    });
    id
}
