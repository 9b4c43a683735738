//! # pades: PDF signatures, and nothing else
//!
//! Certification signatures of the PAdES baseline profiles (ETSI EN 319 142-1) and the verification
//! of any: bytes in, bytes out. This room knows nothing of what a document means, where it comes from
//! or where it goes; it reads no file, no clock and no network, but for the PKCS#11 module that
//! speaks with a card or HSM.
//!
//! Main types: [`Signer`] (whoever signs) with [`Pkcs12Key`] (a key in a file) or
//! [`Pkcs11Key`] (a key on a card or HSM); [`certify_as()`] with [`Certification`], [`Profile`]
//! and [`Services`], which are a [`TimestampSource`] and a [`Cache`] of revocation data, whose
//! network the caller is; [`verify()`] with [`Trust`] and [`Verification`]; and [`trial`] (a key
//! that vouches for itself).
//!
//! May import: nothing of the other rooms. The arithmetic is aws-lc-rs's; CMS and X.509 are
//! encoded and decoded by the RustCrypto family.

mod algorithm;
mod certificate;
mod certify;
mod document;
mod dss;
mod issue;
mod key;
mod limits;
mod profile;
mod revocation;
mod signed_data;
mod signer_info;
mod text;
mod timestamp;
pub mod trial;
mod update;
mod verify;
mod write;

pub use algorithm::SignatureAlgorithm;
pub use certificate::{Certificate, NotACertificate, Validity};
pub use certify::{Appearance, Certification, SignError, certify, sign_digest};
pub use issue::{IssueError, Subject, self_signed, signing_request};
pub use key::{
    ChainState, KeyError, KeyKind, KeyName, KeyPair, NewKey, NewTokenKey, Pin, Pkcs11Key,
    Pkcs12Key, RsaPadding, Signer, TokenName, TokenPlace, chain_state, check_key, join,
    write_certificates,
};
pub use profile::{NotAProfile, Profile, ProfileError, Services, certify_as};
pub use revocation::{AnswerError, Cache, Fetch, FetchError, RevocationData, RevocationError};
pub use timestamp::{Refusal, TimestampError, TimestampRequest, TimestampSource, Token};
pub use verify::{Check, CheckCode, Finding, SignatureKind, Trust, Verdict, Verification, verify};
pub use write::object as write_object;
