//! Signatures as the outside judges see them, and tampering as we see it.

#![expect(clippy::unwrap_used, reason = "a test that can not go on ends by a panic")]

mod accepted;
mod attacks;
mod authorities;
mod chains;
mod doubled;
mod evaded;
mod fifty;
mod infrastructure;
mod judges;
mod keys;
mod keys_made;
mod keys_opened;
mod lasting;
mod measured;
mod mutated;
mod openssl_authority;
mod pages;
#[path = "../pki/mod.rs"]
mod pki;
mod producers;
mod profiles;
mod refused;
mod revocation;
mod smuggled;
#[path = "../softhsm/mod.rs"]
mod softhsm;
mod tampered;
mod timestamps;
mod tokens;
