//! Every profile of every kind of key on both shapes of file: as the judges see it.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use jiff::{SignedDuration, Timestamp};
use pades::{
    Cache, Certificate, Certification, Fetch, FetchError, Pkcs12Key, Profile, ProfileError,
    RevocationData, RevocationError, Services, Signer, TimestampSource, Trust, certify_as, verify,
};
use std::path::{Path, PathBuf};

use crate::accepted::request;
use crate::authorities::{Authority, trust};
use crate::pki::{PASSWORD, Pki, ask};
use crate::{judges, pages};

/// The network, as a host asks it.
pub(crate) struct Web;

impl Fetch for Web {
    fn get(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        ask(url, None, None).map_err(|_| FetchError::Unreachable)
    }

    fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Vec<u8>, FetchError> {
        ask(url, Some((content_type, body)), None).map_err(|_| FetchError::Unreachable)
    }
}

/// A host with the test PKI's services.
pub(crate) struct Host<'a> {
    timestamps: &'a dyn TimestampSource,
    cache: Cache,
    trust: Trust,
    roots: Vec<Certificate>,
}

impl<'a> Host<'a> {
    pub(crate) fn new(timestamps: &'a dyn TimestampSource) -> Self {
        let root = Certificate::from_der(&Pki::shared().certificate("root")).unwrap();
        Self { timestamps, cache: Cache::new(), trust: trust("root"), roots: vec![root] }
    }

    pub(crate) fn certify(
        &self,
        profile: Profile,
        pdf: &[u8],
        signer: &dyn Signer,
    ) -> Result<Vec<u8>, ProfileError> {
        self.certify_as(profile, pdf, &request(), signer)
    }

    fn certify_as(
        &self,
        profile: Profile,
        pdf: &[u8],
        request: &Certification,
        signer: &dyn Signer,
    ) -> Result<Vec<u8>, ProfileError> {
        let revocation = |chain: &[Certificate]| -> Result<RevocationData, RevocationError> {
            self.cache.data(chain, &self.roots, Timestamp::now(), &Web)
        };
        let services =
            Services { timestamps: self.timestamps, revocation: &revocation, trust: &self.trust };
        certify_as(profile, pdf, request, signer, &services)
    }
}

pub(crate) fn key(label: &str) -> Pkcs12Key {
    Pkcs12Key::open(&Pki::shared().key(label), PASSWORD).unwrap()
}

/// The test PKI's root as a file.
pub(crate) fn root(folder: &Path) -> PathBuf {
    let root = Certificate::from_der(&Pki::shared().certificate("root")).unwrap();
    let file = folder.join("root.pem");
    std::fs::write(&file, root.to_pem().unwrap()).unwrap();
    file
}

/// We find it certified at this profile, and at no higher one; B-LTA in twenty years too.
pub(crate) fn certified_at(profile: Profile, signed: &[u8], name: &str) {
    let (trust, now) = (trust("root"), Timestamp::now());
    let ours = verify(signed, &trust, now);
    assert!(ours.certifies(profile), "{name} {profile}: {:?}", ours.first_failure());
    assert_eq!(ours.profile, Some(profile), "{name}");
    if profile == Profile::BLTA {
        let later = now.checked_add(SignedDuration::from_hours(20 * 365 * 24)).unwrap();
        let ours = verify(signed, &trust, later);
        assert!(ours.certifies(profile), "{name} later: {:?}", ours.first_failure());
    }
}

fn judged(label: &str) {
    let (authority, folder) = (Authority("tsa1"), tempfile::tempdir().unwrap());
    let (host, key, root) = (Host::new(&authority), key(label), root(folder.path()));
    let shapes = pages::shapes(folder.path());
    for profile in Profile::ALL {
        let mut files = Vec::new();
        for (shape, page) in &shapes {
            let signed = host.certify(profile, page, &key).unwrap();
            assert_eq!(&signed[..page.len()], page, "the bytes before are untouched");
            certified_at(profile, &signed, &format!("{label} {shape}"));
            let file = folder.path().join(format!("{label}-{profile}-{shape}.pdf"));
            std::fs::write(&file, &signed).unwrap();
            judges::qpdf(&file);
            judges::pdfsig_at(&file, profile);
            files.push(file);
        }
        judges::pyhanko_at(profile, &root, &files);
    }
}

macro_rules! judged {
    ($($label:ident)*) => {$(
        #[test]
        fn $label() {
            judged(stringify!($label));
        }
    )*};
}
judged!(rsa2048 rsa3072 p256 p384);

/// The same of real print systems, and of a page with forms, of which one has a field of the name
/// that the timestamp's would have.
#[test]
fn what_real_producers_write_lasts_too() {
    let (authority, folder) = (Authority("tsa2"), tempfile::tempdir().unwrap());
    let (host, key) = (Host::new(&authority), key("p256"));
    let mut unseen = request();
    unseen.appearance = None;
    let mut pages = vec![
        ("form.pdf".to_owned(), pages::with_form("Note")),
        ("taken.pdf".to_owned(), pages::with_form("Timestamp")),
    ];
    for entry in std::fs::read_dir(judges::workspace().join("tests/fixtures")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".pdf") && !name.contains("encrypted") {
            pages.push((name, std::fs::read(&path).unwrap()));
        }
    }
    assert!(pages.len() > 10, "{}", pages.len());
    for profile in [Profile::BLT, Profile::BLTA] {
        let files: Vec<PathBuf> = pages
            .iter()
            .map(|(name, page)| {
                let signed = host.certify_as(profile, page, &unseen, &key).unwrap();
                certified_at(profile, &signed, name);
                let file = folder.path().join(name);
                std::fs::write(&file, signed).unwrap();
                judges::pdfsig_at(&file, profile);
                file
            })
            .collect();
        judges::pyhanko_at(profile, &root(folder.path()), &files);
    }
}

/// What the judges do not look at: the store has each thing once, from the leaf to the root, and a
/// part for the signature, by the name that readers seek; and the page is as it was certified.
#[test]
fn the_store_is_found_by_the_signature() {
    let authority = Authority("tsa1");
    let signed =
        Host::new(&authority).certify(Profile::BLTA, &pages::classic(), &key("p256")).unwrap();
    let document = lopdf::Document::load_mem(&signed).unwrap();
    let catalog = document.catalog().unwrap();
    let store = document.get_dict_in_dict(catalog, b"DSS").unwrap();
    let streams = |key: &[u8]| -> Vec<Vec<u8>> {
        let places = store.get(key).unwrap().as_array().unwrap();
        let stream = |place: &lopdf::Object| {
            let object = document.get_object(place.as_reference().unwrap()).unwrap();
            object.as_stream().unwrap().content.clone()
        };
        places.iter().map(stream).collect()
    };
    let certificates = streams(b"Certs");
    for label in ["p256", "ca", "root", "tsa1", "tsa-ca", "ocsp"] {
        let own = Pki::shared().certificate(label);
        assert_eq!(certificates.iter().filter(|one| **one == own).count(), 1, "{label}");
    }
    assert_eq!(certificates.len(), 6);
    // Of the signer's certificate, and of those that the root and the timestamp CA issued.
    assert_eq!((streams(b"OCSPs").len(), streams(b"CRLs").len()), (1, 2));

    let permissions = document.get_dict_in_dict(catalog, b"Perms").unwrap();
    let signature = document.get_dict_in_dict(permissions, b"DocMDP").unwrap();
    let contents = signature.get(b"Contents").unwrap().as_str().unwrap();
    let name = digest(&SHA1_FOR_LEGACY_USE_ONLY, contents);
    let name: String = name.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    let parts = document.get_dict_in_dict(store, b"VRI").unwrap();
    let part = document.get_dict_in_dict(parts, name.as_bytes()).unwrap();
    assert_eq!(part.get(b"Cert").unwrap(), store.get(b"Certs").unwrap());

    let end = |pdf: &[u8]| pdf.windows(5).position(|five| five == b"%%EOF").unwrap() + 5;
    let certified = &signed[pages::classic().len()..];
    let after = &certified[end(certified)..];
    assert!(!after.windows(8).any(|eight| eight == b"\n3 0 obj"), "the page is touched again");
}
