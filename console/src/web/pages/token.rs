//! Where the QR code on a certificate leads: its number and its status, to anybody who has seen
//! the page. Whose it is stays half hidden.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sealpress_ledger::{Certificate, Status};

use super::verify::{issued, kind_and_language, tone};
use crate::tongue::Tongue;
use crate::verdict::Finding;
use crate::verdict::mask::masked;
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::{Page, html};

#[derive(Template)]
#[template(path = "token.html")]
struct TokenPage<'a> {
    page: &'a Page,
    mark: &'static str,
    tone: &'static str,
    says: &'static str,
    facts: Vec<(&'static str, String)>,
}

/// Shows it.
pub(crate) async fn page(
    State(web): State<Web>,
    page: Page,
    token: Result<Path<String>, PathRejection>,
) -> Result<Response, Failure> {
    let token = token.ok().map(|Path(token)| token).filter(|token| is_token(token));
    let certificate = match token {
        Some(token) => web.opened.ledger.by_token(&token).await?,
        None => None,
    };
    let known = certificate.and_then(|one| Some((finding(one.status)?, one)));
    let (finding, certificate) = known.ok_or_else(unknown)?;
    html(&TokenPage {
        mark: finding.mark(),
        tone: tone(finding),
        says: says(&page, finding),
        facts: facts(&page, &certificate),
        page: &page,
    })
}

/// 128 bits in lower-case hexadecimal.
fn is_token(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What is found of a certificate that was issued; `None` of any other.
const fn finding(status: Status) -> Option<Finding> {
    match status {
        Status::Issued => Some(Finding::Valid),
        Status::Superseded => Some(Finding::NotLatest),
        Status::Recalled => Some(Finding::Recalled),
        Status::Revoked => Some(Finding::Revoked),
        Status::Pending | Status::Rejected => None,
    }
}

/// The finding, said of a certificate whose file nobody has looked at.
fn says(page: &Page, finding: Finding) -> &'static str {
    match finding {
        Finding::NotLatest => {
            page.tongue.pick("已有較新的證書取代", "not the latest version: superseded")
        }
        Finding::Valid
        | Finding::Recalled
        | Finding::Revoked
        | Finding::Altered
        | Finding::DamagedCopy
        | Finding::NotGenuine => finding.says(page.tongue),
    }
}

fn facts(page: &Page, certificate: &Certificate) -> Vec<(&'static str, String)> {
    let one = &certificate.certified;
    let names = match page.tongue {
        Tongue::Zh => [&one.name_zh, &one.name_en],
        Tongue::En => [&one.name_en, &one.name_zh],
    };
    let name = names.into_iter().flatten().next();
    let facts = [
        (["證書字號", "Certificate number"], Some(one.certificate_no.clone())),
        (["姓名（部分遮蔽）", "Name (partly hidden)"], name.map(|name| masked(name))),
        (["種類／語言", "Kind, language"], Some(kind_and_language(page, certificate))),
        (["發證日期", "Issued"], issued(page, certificate)),
    ];
    facts
        .into_iter()
        .filter_map(|([zh, en], value)| Some((page.tongue.pick(zh, en), value?)))
        .collect()
}

/// Unknown, malformed, not issued yet: one and the same.
fn unknown() -> Failure {
    Failure::new(
        StatusCode::NOT_FOUND,
        ["查無這張證書。", "There is no such certificate."],
        [
            "請確認 QR code 或網址完整；也可以直接上傳證書的 PDF 檔案查驗。",
            "Make sure that the QR code or the link is whole, or verify the certificate's PDF \
             itself.",
        ],
    )
}
