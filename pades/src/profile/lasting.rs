//! Certifying at a profile: the signature, then, as updates behind it that change nothing of it,
//! the store of what verifies it, and the timestamp of all (ETSI EN 319 142-1, section 6).

use jiff::{SignedDuration, Timestamp};
use lopdf::{Dictionary, Object, ObjectId, dictionary};

use super::{Profile, ProfileError};
use crate::algorithm::Digest;
use crate::certify::{Certified, Gap, certified};
use crate::dss::Store;
use crate::update::{Revision, Update};
use crate::verify::Purpose;
use crate::{
    Certificate, Certification, KeyError, RevocationData, RevocationError, SignError, Signer,
    TimestampError, TimestampSource, Token, Trust, certify,
};

/// Whom a lasting signature needs besides the key.
pub struct Services<'a> {
    /// Who stamps times.
    pub timestamps: &'a dyn TimestampSource,
    /// Who says that the certificates of a chain, leaf first and root last, were not revoked.
    pub revocation: &'a dyn Fn(&[Certificate]) -> Result<RevocationData, RevocationError>,
    /// Who is trusted: where the chains of signer and timestamps end.
    pub trust: &'a Trust,
}

/// Bytes that a timestamp token may have; those of public authorities have 2 to 8 KiB.
const TOKEN_ROOM: usize = 16 << 10;

/// Bytes of the CMS attribute around a token.
const ATTRIBUTE_FRAME: usize = 64;

/// Bytes that an update's other objects may have.
const ROOM: usize = 8192;

/// Document timestamps that are asked for before an authority is held to change its certificate
/// each time.
const MOST_TRIES: usize = 4;

/// How much earlier the document's timestamp may be than the signature's: whoever verifies takes
/// the first to prove when the second was there, and allows five minutes. Two clocks that
/// [`TimestampRequest::accept`](crate::TimestampRequest::accept) allows are not farther apart.
const MOST_EARLIER: SignedDuration = SignedDuration::from_mins(4);

/// Certify `pdf` as [`certify()`] does, and make the signature last as `profile` says.
///
/// Needs less than three times the file's size of memory.
///
/// # Errors
/// [`ProfileError`] when the document can't be certified at this very profile.
pub fn certify_as(
    profile: Profile,
    pdf: &[u8],
    request: &Certification,
    signer: &dyn Signer,
    services: &Services<'_>,
) -> Result<Vec<u8>, ProfileError> {
    if profile == Profile::BB {
        return Ok(certify(pdf, request, signer)?);
    }
    let mut token = None;
    let room = TOKEN_ROOM + ATTRIBUTE_FRAME;
    let mut certified = certified(pdf, request, signer, room, |signature| {
        let stamped = stamp(services, &Digest::Sha256.of(&[signature]))?;
        Ok::<_, ProfileError>(Some(token.insert(stamped).der().to_vec()))
    })?;
    if profile == Profile::BT {
        return Ok(certified.out);
    }
    let token = token.ok_or(SignError::Encoding)?;
    let mut store = Store::default();
    add(&mut store, services, &signer_path(signer, services.trust, token.time())?)?;
    add(&mut store, services, &token.path(services.trust)?)?;
    let out = std::mem::take(&mut certified.out);
    if profile == Profile::BLT {
        return Ok(with_store(out, &certified, &store).0);
    }
    archived(out, &certified, store, token.time(), services)
}

/// The document with its store and, as the last of all, the timestamp of both. The store has what
/// verifies this timestamp too, which is known only when it was made: so the authority is taken
/// to be the one that stamped the signature, at the time `signature`, and where it was another, this
/// begins anew.
fn archived(
    mut out: Vec<u8>,
    certified: &Certified,
    mut store: Store,
    signature: Timestamp,
    services: &Services<'_>,
) -> Result<Vec<u8>, ProfileError> {
    let signed = out.len();
    for _ in 0..MOST_TRIES {
        let (stored, revision, catalog) = with_store(out, certified, &store);
        let (stamped, token) = with_timestamp(stored, certified, revision, catalog, services)?;
        let document = token.time();
        if signature.duration_since(document) > MOST_EARLIER {
            return Err(ProfileError::TimeRunsBack { signature, document });
        }
        let path = token.path(services.trust)?;
        if store.covers(&path) {
            return Ok(stamped);
        }
        add(&mut store, services, &path)?;
        out = stamped;
        out.truncate(signed);
    }
    Err(ProfileError::RestlessAuthority)
}

/// A timestamp of what has this digest, which fits into the room for it.
fn stamp(services: &Services<'_>, imprint: &[u8]) -> Result<Token, ProfileError> {
    let token = services.timestamps.timestamp(imprint)?;
    if !token.is_of(Digest::Sha256, imprint) {
        return Err(TimestampError::OtherImprint.into());
    }
    if token.der().len() > TOKEN_ROOM {
        return Err(ProfileError::NoRoom);
    }
    Ok(token)
}

fn add(
    store: &mut Store,
    services: &Services<'_>,
    chain: &[Certificate],
) -> Result<(), ProfileError> {
    store.add(chain, (services.revocation)(chain)?);
    Ok(())
}

/// The certificates from the signer's own to a root that is trusted.
fn signer_path(
    signer: &dyn Signer,
    trust: &Trust,
    at: Timestamp,
) -> Result<Vec<Certificate>, ProfileError> {
    let (leaf, others) =
        signer.chain().split_first().ok_or(SignError::Key(KeyError::NoCertificate))?;
    trust.path(Purpose::Documents, leaf, others, at).ok_or_else(|| {
        let last = others.last().unwrap_or(leaf);
        RevocationError::NoIssuer { subject: last.subject() }.into()
    })
}

/// The document with an update that has the store; how it ends then, and its catalog.
fn with_store(
    out: Vec<u8>,
    certified: &Certified,
    store: &Store,
) -> (Vec<u8>, Revision, Dictionary) {
    let room = store.size() + ROOM;
    let mut update = Update::behind(out, certified.revision.clone(), room);
    let mut catalog = certified.catalog.clone();
    catalog.set("DSS", store.put(&mut update, &certified.contents));
    update.put(certified.root, &catalog);
    let (out, revision) = update.finish();
    (out, revision, catalog)
}

/// The document with an update that has the timestamp of all before it, and the timestamp.
fn with_timestamp(
    out: Vec<u8>,
    certified: &Certified,
    revision: Revision,
    mut catalog: Dictionary,
    services: &Services<'_>,
) -> Result<(Vec<u8>, Token), ProfileError> {
    let mut update = Update::behind(out, revision, 2 * TOKEN_ROOM + ROOM);
    let (timestamp, field) = (update.new_id(), update.new_id());
    let gap = update.put_with(timestamp, |out| {
        out.extend(b"<</Type /DocTimeStamp/Filter /Adobe.PPKLite/SubFilter /ETSI.RFC3161");
        let gap = Gap::write(out, TOKEN_ROOM);
        out.extend(b">>");
        gap
    });
    update.put(field, &unseen_field(certified, timestamp));
    add_field(&mut catalog, field).ok_or(SignError::Encoding)?;
    update.put(certified.root, &catalog);
    let (mut out, _) = update.finish();
    gap.set_range(&mut out)?;
    let token = stamp(services, &gap.digest(&out, Digest::Sha256)?)?;
    gap.fill(&mut out, token.der())?;
    Ok((out, token))
}

/// A field that no page shows or lists, so that the pages stay as they were certified.
fn unseen_field(certified: &Certified, timestamp: ObjectId) -> Dictionary {
    dictionary! {
        "Type" => Object::Name(b"Annot".to_vec()),
        "Subtype" => Object::Name(b"Widget".to_vec()),
        "FT" => Object::Name(b"Sig".to_vec()),
        "T" => Object::string_literal(certified.free_name.clone()),
        "V" => timestamp,
        "F" => 132,
        "Rect" => Object::Array(vec![0.into(); 4]),
        "P" => certified.page,
    }
}

/// List the field in the form, which certifying made a part of the catalog itself.
fn add_field(catalog: &mut Dictionary, field: ObjectId) -> Option<()> {
    let form = catalog.get_mut(b"AcroForm").and_then(Object::as_dict_mut).ok()?;
    let fields = form.get_mut(b"Fields").and_then(Object::as_array_mut).ok()?;
    fields.push(field.into());
    Some(())
}
