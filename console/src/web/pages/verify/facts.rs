//! What may be told of a certificate: whose it is only to whoever holds its very file.

use jiff::Timestamp;
use sealpress_config::{Kind, Language};
use sealpress_ledger::Certificate;

use crate::verdict::{Finding, Judgement};
use crate::web::page::Page;

/// A label, and what stands beside it.
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
}

/// What is told beside a verdict.
pub(super) fn facts(page: &Page, judgement: &Judgement) -> Vec<Fact> {
    let held = judgement.held.as_ref().filter(|_| tells_whose(judgement.finding));
    let one = held.map(|held| &held.certified);
    let moment = |at: Option<Timestamp>| at.filter(|_| held.is_some()).map(|at| page.moment(&at));
    let status = judgement.status.map(|status| super::status_words(page, status));
    // Of a copy, these are not its own.
    let (number, stands) = match held {
        Some(_) => (["證書字號", "Certificate number"], ["登錄狀態", "Status"]),
        None => (["原始證書字號", "Number of the original"], ["原始證書狀態", "Its status"]),
    };
    let facts = [
        (number, judgement.certificate_no.clone()),
        (stands, status),
        (["中文姓名", "Name in Chinese"], one.and_then(|one| one.name_zh.clone())),
        (["英文姓名", "Name in English"], one.and_then(|one| one.name_en.clone())),
        (["系所", "Programme"], one.map(|one| one.programme.clone())),
        (["學位", "Degree"], one.map(|one| one.degree.clone())),
        (["種類／語言", "Kind, language"], held.map(|held| kind_and_language(page, held))),
        (["發證日期", "Issued"], held.and_then(|held| issued(page, held))),
        (["簽章者", "Signed by"], held.and(judgement.signer.clone())),
        (["簽章時間", "Signed at"], moment(judgement.signed_at)),
        (["時戳時間", "Timestamp"], moment(judgement.timestamped_at)),
        (["文件時戳時間", "Document timestamp"], moment(judgement.document_timestamp_at)),
        (["簽章等級", "Profile"], held.and(judgement.profile.clone())),
    ];
    facts
        .into_iter()
        .filter_map(|([zh, en], value)| {
            Some(Fact { label: page.tongue.pick(zh, en), value: value? })
        })
        .collect()
}

/// Whether the verdict is one on the certificate's own bytes.
const fn tells_whose(finding: Finding) -> bool {
    match finding {
        Finding::Valid | Finding::NotLatest | Finding::Recalled | Finding::Revoked => true,
        Finding::Altered | Finding::DamagedCopy | Finding::NotGenuine => false,
    }
}

/// The date on a certificate, or where its sidecar gave none, that of the day it came into force.
pub(in crate::web::pages) fn issued(page: &Page, certificate: &Certificate) -> Option<String> {
    let on_it = certificate.certified.issued_on.as_deref().and_then(|date| date.parse().ok());
    let in_force = || {
        let at = certificate.archived.as_ref()?.at;
        Some(at.to_zoned_datetime(page.timezone.clone()).date())
    };
    on_it.or_else(in_force).map(|date| page.date(&date))
}

/// Kind and language, for people who don't know our words.
pub(in crate::web::pages) fn kind_and_language(page: &Page, certificate: &Certificate) -> String {
    let (kind, language) = (certificate.certified.kind, certificate.certified.language);
    let kind_en = match kind {
        Kind::First => "first issue",
        Kind::Reissue => "reissue",
        Kind::Rename => "reissue under a new name",
    };
    let language_en = match language {
        Language::Zh => "Chinese",
        Language::En => "English",
    };
    let separator = page.t("・", ", ");
    format!("{}{separator}{}", page.t(kind.zh(), kind_en), page.t(language.zh(), language_en))
}
