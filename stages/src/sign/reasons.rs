//! Why nothing is signed, in the words of a registrar.

use pades::{KeyError, ProfileError, RevocationError, SignError, TimestampError};
use sealpress_config as config;
use sealpress_ledger::Reason;
use std::fmt::Display;
use std::path::Path;

use crate::StageError;

/// What a profile was refused for: whatever is not the page's fault is a dependency, and waited for.
pub(super) fn refused(error: ProfileError) -> StageError {
    match error {
        ProfileError::Sign(error) => not_signable(error),
        ProfileError::Timestamp(error) => StageError::Hold(no_timestamp(&error)),
        ProfileError::Revocation(RevocationError::Revoked { .. }) => {
            StageError::Hold(certificate_revoked())
        }
        ProfileError::Revocation(error) => StageError::Hold(no_revocation_data(&error)),
        ProfileError::NoRoom
        | ProfileError::RestlessAuthority
        | ProfileError::TimeRunsBack { .. } => StageError::Hold(unfit_authority(&error)),
    }
}

fn not_signable(error: SignError) -> StageError {
    match error {
        SignError::Key(error) => StageError::Hold(unusable(&error)),
        SignError::NotPdf
        | SignError::Encrypted
        | SignError::AlreadySigned
        | SignError::NoPage
        | SignError::NoAppearance(_)
        | SignError::FieldExists(_)
        | SignError::Encoding => StageError::Reject(not_signed_page(&error.zh(), &error)),
    }
}

pub(super) fn unreadable(error: &config::SecretError) -> Reason {
    match error {
        config::SecretError::TooOpen { .. } => too_open(error),
        config::SecretError::Unreadable { .. } | config::SecretError::NoCredentials { .. } => {
            missing(error)
        }
    }
}

fn too_open(error: &config::SecretError) -> Reason {
    Reason::new(
        "key_too_open",
        [
            "簽章金鑰或其密碼檔可被其他使用者讀取，因此不予使用。".to_owned(),
            format!("The signing key or its password is not used: {error}."),
        ],
        [
            "請執行 chmod 600；若檔案可能已被他人讀取，請換發金鑰。恢復後會自動繼續。",
            "Run chmod 600 on the file, and replace the key if others could have read it; work resumes by itself.",
        ],
    )
}

fn missing(error: &config::SecretError) -> Reason {
    Reason::new(
        "key_unreadable",
        [
            "無法讀取簽章金鑰或其密碼檔。".to_owned(),
            format!("The signing key or its password can't be read: {error}."),
        ],
        [
            "請檢查設定 sign.key 與 sign.password 所指的檔案是否存在、可讀取；恢復後會自動繼續。",
            "Check that the files of sign.key and sign.password exist and may be read; work resumes by itself.",
        ],
    )
}

pub(super) fn unusable(error: &KeyError) -> Reason {
    Reason::new(
        "key_unusable",
        [
            format!("簽章金鑰無法使用：{}。", error.zh()),
            format!("The signing key can't be used: {error}."),
        ],
        [
            "請更正 sign.key 或 sign.password 所指的檔案；恢復後會自動繼續。",
            "Put the right files in the place of sign.key and sign.password; work resumes by itself.",
        ],
    )
}

pub(super) fn out_of_date() -> Reason {
    Reason::new(
        "key_out_of_date",
        ["簽章憑證尚未生效或已過期。", "The signing certificate is not valid yet, or has ended."],
        [
            "請換上有效的金鑰與憑證，並檢查主機時間；恢復後會自動繼續。",
            "Put a valid key and certificate in its place, and check the host's clock; work resumes by itself.",
        ],
    )
}

pub(super) fn not_signed() -> Reason {
    Reason::new(
        "signed_file_changed",
        [
            "交接中的檔案沒有完好的認證簽章。",
            "The file that was handed on does not carry an intact certification signature.",
        ],
        [
            "請以 sealpress jobs retry 重試；仍失敗時請洽系統管理者。",
            "Run `sealpress jobs retry`; if it still fails, ask the operator.",
        ],
    )
}

pub(super) fn stopped() -> Reason {
    Reason::new(
        "stopped",
        ["程序停止，簽章未完成。", "The process stopped before the signature was done."],
        ["下次啟動時會自動重試。", "It is tried again at the next start."],
    )
}

fn not_signed_page(zh: &str, en: &dyn Display) -> Reason {
    Reason::new(
        "not_signable",
        [format!("證書無法簽章：{zh}。"), format!("The certificate can't be signed: {en}.")],
        [
            "請檢查版面設定後重試；仍無法簽章時請洽系統管理者。",
            "Check the layout, then retry; if it still fails, ask the operator.",
        ],
    )
}

pub(super) fn unsound_page([zh, en]: [&str; 2]) -> Reason {
    not_signed_page(zh, &en)
}

pub(super) fn unproved([zh, en]: [&str; 2]) -> Reason {
    Reason::new(
        "signature_unfit",
        [
            format!("簽出的簽章無法通過驗證，因此沒有採用：{zh}。"),
            format!("The signature that was made does not verify, and was not used: {en}."),
        ],
        [
            "請檢查金鑰、其憑證鏈（sign.chain）與 sign.trust 是否相符；恢復後會自動繼續。",
            "Check that the key, its chain (sign.chain) and sign.trust belong together; work resumes by itself.",
        ],
    )
}

fn no_timestamp(error: &TimestampError) -> Reason {
    Reason::new(
        "no_timestamp",
        [
            format!("無法取得時戳：{}。", error.zh()),
            format!("There is no timestamp to be had: {error}."),
        ],
        [
            "簽章等級不會降低。請檢查 sign.tsa 的服務、sign.tsa_trust 的根憑證與網路；恢復後會自動繼續。",
            "Nothing is signed at a lower profile. Check the services of sign.tsa, the roots of sign.tsa_trust, and the network; work resumes by itself.",
        ],
    )
}

fn no_revocation_data(error: &RevocationError) -> Reason {
    Reason::new(
        "no_revocation_data",
        [
            format!("無法取得憑證的廢止資料：{}。", error.zh()),
            format!("There is no revocation data to be had: {error}."),
        ],
        [
            "簽章等級不會降低。請檢查能否連到憑證機構的 OCSP 與 CRL；恢復後會自動繼續。",
            "Nothing is signed at a lower profile. Check that the CA's OCSP and CRL can be reached; work resumes by itself.",
        ],
    )
}

fn certificate_revoked() -> Reason {
    Reason::new(
        "certificate_revoked",
        [
            "簽章或時戳所用的憑證已被廢止，因此不予簽章。",
            "A certificate of the signing key or of the TSA was revoked, so nothing is signed.",
        ],
        [
            "請洽憑證機構，換上新的金鑰與憑證；恢復後會自動繼續。",
            "Ask the CA, and put a new key and certificate in its place; work resumes by itself.",
        ],
    )
}

fn unfit_authority(error: &ProfileError) -> Reason {
    Reason::new(
        "no_timestamp",
        [
            format!("時戳無法使用：{}。", error.zh()),
            format!("The timestamp can't be used: {error}."),
        ],
        [
            "請改用其他時戳服務（sign.tsa）；恢復後會自動繼續。",
            "Use another TSA (sign.tsa); work resumes by itself.",
        ],
    )
}

pub(super) fn no_certificates(file: &Path) -> Reason {
    Reason::new(
        "certificates_unreadable",
        [
            format!("無法讀取憑證檔 {}。", file.display()),
            format!("The certificates in {} can't be read.", file.display()),
        ],
        [
            "請檢查設定 sign.trust、sign.tsa_trust 與 sign.chain 所指的 PEM 檔；恢復後會自動繼續。",
            "Check the PEM files of sign.trust, sign.tsa_trust and sign.chain; work resumes by itself.",
        ],
    )
}
