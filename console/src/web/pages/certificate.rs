//! One certificate: its page, its data, its history, its sendings, and what this person may do.

mod acting;
mod acts;
mod sendings;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sealpress_ledger::{Certificate, CertificateId, Ledger, LedgerError, Right, SuppressedAddress};
use serde::Deserialize;

use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::{Page, Visitor, html};
use crate::web::pages::history::{self, Step};
use acts::{Offer, offers};
use sendings::SendingRow;

pub(crate) use acting::{approve, hand_over, recall, refuse, reissue, resend, revoke};

/// Pixels across a page's picture.
const PICTURE_WIDTH: u32 = 1000;

#[derive(Template)]
#[template(path = "certificate.html")]
struct CertificatePage<'a> {
    page: &'a Page,
    certificate: &'a Certificate,
    superseded_by: Option<CertificateId>,
    facts: Vec<(&'static str, String)>,
    has_picture: bool,
    acts: Vec<Offer>,
    sendings: Vec<SendingRow>,
    suppressed: Vec<SuppressedAddress>,
    history: Vec<Step>,
    done: Option<String>,
    refusal: Option<String>,
    export: Right,
}

/// What was done just before the page is shown.
#[derive(Default, Deserialize)]
pub(crate) struct After {
    #[serde(default)]
    done: String,
}

/// An act that was refused, and why.
struct Refused {
    path: &'static str,
    why: String,
}

/// Shows it.
pub(crate) async fn page(
    State(web): State<Web>,
    page: Page,
    Path(id): Path<CertificateId>,
    Query(After { done }): Query<After>,
) -> Result<Response, Failure> {
    shown(&web, &page, id, &done, None).await
}

/// The page, after an act was refused.
async fn after_refusal(
    web: &Web,
    page: &Page,
    id: CertificateId,
    refused: Refused,
) -> Result<Response, Failure> {
    let page = shown(web, page, id, "", Some(refused)).await?;
    Ok((StatusCode::CONFLICT, page).into_response())
}

async fn shown(
    web: &Web,
    page: &Page,
    id: CertificateId,
    done: &str,
    refused: Option<Refused>,
) -> Result<Response, Failure> {
    let ledger = &web.opened.ledger;
    let certificate = ledger.certificate(id).await?.ok_or(LedgerError::NoCertificate(id))?;
    let student = ledger.student(&certificate.certified.student_no).await?;
    let open = refused.as_ref().map(|refused| refused.path);
    html(&CertificatePage {
        superseded_by: ledger.superseded_by(id).await?,
        facts: facts(page, &certificate),
        has_picture: web.desk.has_page(&certificate).await,
        acts: offers(page, &certificate, student.as_ref(), open),
        sendings: sendings::rows(page, &ledger.sendings_of(id).await?),
        suppressed: suppressed(ledger, page, id).await?,
        history: history::steps(page, &ledger.events_of(id).await?),
        done: done_words(page, done),
        refusal: refused.map(|refused| refused.why),
        export: Right::Export,
        page,
        certificate: &certificate,
    })
}

/// The addresses that nothing is sent to, for those who may change that.
async fn suppressed(
    ledger: &Ledger,
    page: &Page,
    id: CertificateId,
) -> Result<Vec<SuppressedAddress>, LedgerError> {
    match page.may(&Right::Resend) {
        true => ledger.suppressed_addresses(id).await,
        false => Ok(Vec::new()),
    }
}

fn facts(page: &Page, certificate: &Certificate) -> Vec<(&'static str, String)> {
    let one = &certificate.certified;
    let kind = page.t(one.kind.zh(), one.kind.as_str());
    let language = page.t(one.language.zh(), one.language.as_str());
    let issued_on = one.issued_on.as_deref().and_then(|date| date.parse().ok());
    let facts = [
        (["學號", "Student number"], Some(one.student_no.clone())),
        (["中文姓名", "Name in Chinese"], one.name_zh.clone()),
        (["英文姓名", "Name in English"], one.name_en.clone()),
        (["學院", "College"], one.college.clone()),
        (["系所", "Programme"], Some(one.programme.clone())),
        (["學位", "Degree"], Some(one.degree.clone())),
        (["種類／語言", "Kind, language"], Some(format!("{kind}・{language}"))),
        (["證書日期", "Date on it"], issued_on.map(|date| page.date(&date))),
        (["收件", "Accepted"], Some(page.moment(&certificate.accepted_at))),
        (
            ["生效（歸檔）", "In force since"],
            certificate.archived.as_ref().map(|file| page.moment(&file.at)),
        ),
        (["投件檔名", "Drop"], Some(certificate.drop_name.clone())),
        (["SHA-256", "SHA-256"], certificate.archived.as_ref().map(|file| file.hash.to_string())),
        (["識別碼", "Id"], Some(certificate.id.to_string())),
    ];
    facts
        .into_iter()
        .filter_map(|([zh, en], value)| Some((page.tongue.pick(zh, en), value?)))
        .collect()
}

/// What an act did, once it is done.
fn done_words(page: &Page, done: &str) -> Option<String> {
    let words = match done {
        "approve" => ["已核可，證書繼續處理。", "Approved; it goes on."],
        "refuse" => ["已退件。", "Refused."],
        "resend" => ["已排入重寄。", "It will be mailed once more."],
        "hand-over" => ["已登記現場交付。", "The hand-over is recorded."],
        "recall" => ["證書已收回。", "The certificate is recalled."],
        "revoke" => ["證書已撤銷。", "The certificate is revoked."],
        "review" => ["退信已判讀。", "The bounce is decided."],
        "release" => ["地址已恢復使用，可以重寄。", "The address may be written to again."],
        _ => return None,
    };
    Some(page.t(words[0], words[1]).to_owned())
}

/// The picture of its page.
pub(crate) async fn picture(
    State(web): State<Web>,
    Path(id): Path<CertificateId>,
) -> Result<Response, Failure> {
    let certificate =
        web.opened.ledger.certificate(id).await?.ok_or(LedgerError::NoCertificate(id))?;
    let pdf = web.desk.page_of(&certificate).await?.ok_or_else(Failure::not_found)?;
    let png = web.preview.picture(&pdf, PICTURE_WIDTH).await.map_err(|error| {
        tracing::warn!(certificate = %id, %error, "no picture of a page");
        Failure::new(
            StatusCode::BAD_GATEWAY,
            ["這一頁無法顯示。", "The page can't be shown."],
            ["請下載 PDF 原檔查看。", "Download the PDF to look at it."],
        )
    })?;
    let headers =
        [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "private, max-age=300")];
    Ok((headers, png).into_response())
}

/// The archived PDF itself. That it was taken out is an event.
pub(crate) async fn pdf(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<CertificateId>,
) -> Result<Response, Failure> {
    let certificate =
        web.opened.ledger.certificate(id).await?.ok_or(LedgerError::NoCertificate(id))?;
    let bytes = web.desk.archived(&certificate).await?.ok_or_else(Failure::not_found)?;
    let now = (web.opened.clock)();
    web.opened.ledger.taken_out(id, &visitor.by, now).await?;
    let name = format!("attachment; filename=\"certificate-{id}.pdf\"");
    let headers =
        [(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, bytes).into_response())
}
