//! Public verification: files in, a verdict on each out. Nobody logs in, nothing is kept.

mod facts;
mod upload;

use askama::Template;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sealpress_ledger::Status;

use crate::verdict::bundle::{self, Outcome, Row};
use crate::verdict::{Finding, Judgement};
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::{Page, html};
use crate::web::size;
use facts::{Fact, facts};
use upload::{Handed, not_whole};

pub(super) use facts::{issued, kind_and_language};

/// What the form for another upload needs.
struct Limits {
    /// Largest upload, in bytes and as people read it.
    bytes: u64,
    words: String,
}

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage<'a> {
    page: &'a Page,
    limits: Limits,
    refusal: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "verdict.html")]
struct VerdictPage<'a> {
    page: &'a Page,
    limits: Limits,
    file: &'a str,
    judgement: &'a Judgement,
    tone: &'static str,
    says: &'static str,
    advice: &'static str,
    facts: Vec<Fact>,
}

/// A row of the table, in words.
struct TableRow {
    file: String,
    mark: &'static str,
    tone: &'static str,
    verdict: String,
    number: String,
    name: String,
    status: String,
}

#[derive(Template)]
#[template(path = "bundle.html")]
struct BundlePage<'a> {
    page: &'a Page,
    limits: Limits,
    rows: Vec<TableRow>,
    valid: usize,
}

/// The form.
pub(crate) async fn page(State(web): State<Web>, page: Page) -> Result<Response, Failure> {
    html(&VerifyPage { page: &page, limits: limits(&web), refusal: None })
}

/// Judges what was handed in: one file as a page, several as a table, or either as CSV.
pub(crate) async fn judge(
    State(web): State<Web>,
    page: Page,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Failure> {
    let mut handed = Handed::of(&web, form.map_err(|_| not_whole())?).await?;
    if handed.uploads.is_empty() {
        return nothing(&web, &page);
    }
    let uploads = std::mem::take(&mut handed.uploads);
    let rows = web.verifying.judge(uploads, (web.opened.clock)()).await?;
    if handed.csv {
        return csv(&page, &rows);
    }
    match rows.as_slice() {
        [Row { file, outcome: Outcome::Judged(judgement) }] => {
            verdict(&web, &page, file, judgement)
        }
        rows => table(&web, &page, rows),
    }
}

fn limits(web: &Web) -> Limits {
    let bytes = web.opened.settings.serve.max_upload_bytes;
    Limits { bytes, words: size::megabytes(bytes) }
}

fn nothing(web: &Web, page: &Page) -> Result<Response, Failure> {
    let refusal = page.tongue.pick("請先選擇檔案。", "Choose a file first.");
    let page = html(&VerifyPage { page, limits: limits(web), refusal: Some(refusal) })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn verdict(web: &Web, page: &Page, file: &str, judgement: &Judgement) -> Result<Response, Failure> {
    html(&VerdictPage {
        page,
        limits: limits(web),
        file,
        judgement,
        tone: tone(judgement.finding),
        says: judgement.finding.says(page.tongue),
        advice: advice(page, judgement.finding),
        facts: facts(page, judgement),
    })
}

fn table(web: &Web, page: &Page, rows: &[Row]) -> Result<Response, Failure> {
    let rows: Vec<TableRow> = rows.iter().map(|row| table_row(page, row)).collect();
    let valid = rows.iter().filter(|row| row.tone == tone(Finding::Valid)).count();
    html(&BundlePage { page, limits: limits(web), rows, valid })
}

fn table_row(page: &Page, row: &Row) -> TableRow {
    let [file, verdict, _, number, name, ..] = bundle::cells(row, page.tongue);
    let (mark, tone, status) = match &row.outcome {
        Outcome::Judged(judgement) => {
            (judgement.finding.mark(), tone(judgement.finding), judgement.status)
        }
        Outcome::NotJudged(_) => ("–", "", None),
    };
    let verdict = verdict.trim_start_matches(mark).trim_start().to_owned();
    TableRow {
        file,
        mark,
        tone,
        verdict,
        number,
        name,
        status: status.map_or_else(String::new, |status| status_words(page, status)),
    }
}

fn csv(page: &Page, rows: &[Row]) -> Result<Response, Failure> {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"verification.csv\""),
    ];
    Ok((headers, bundle::csv(rows, page.tongue)?).into_response())
}

/// A status as people read it.
fn status_words(page: &Page, status: &str) -> String {
    let known = Status::ALL.iter().find(|one| one.as_str() == status);
    page.t(known.map_or(status, |one| one.zh()), status).to_owned()
}

/// The colour of a finding.
pub(super) const fn tone(finding: Finding) -> &'static str {
    match finding {
        Finding::Valid => "good",
        Finding::NotLatest | Finding::DamagedCopy => "warn",
        Finding::Recalled | Finding::Revoked | Finding::Altered | Finding::NotGenuine => "bad",
    }
}

/// What a verdict means for whoever reads it, and what to do.
fn advice(page: &Page, finding: Finding) -> &'static str {
    let [zh, en] = match finding {
        Finding::Valid => [
            "這個檔案與本校簽發的證書完全相同，證書目前有效。",
            "This file is exactly the one that the school issued, and the certificate is in force.",
        ],
        Finding::NotLatest => [
            "這個檔案是本校簽發的，但之後已補發或更名。請向持有人索取最新的證書檔案。",
            "The school issued this file, but has issued a newer one since. Ask the holder for the \
             latest certificate.",
        ],
        Finding::Recalled => [
            "這張證書是誤發，學校已經收回，不再有效。如有疑問請洽學校。",
            "The certificate was issued by mistake, and the school took it back; it is not in \
             force. Ask the school if in doubt.",
        ],
        Finding::Revoked => [
            "這張證書已被撤銷，不再有效。如有疑問請洽學校。",
            "The certificate was revoked and is not in force. Ask the school if in doubt.",
        ],
        Finding::Altered => [
            "這個檔案在簽發之後被改動，內容不能採信。請向持有人索取原始檔案。",
            "The file was changed after it was issued; don't rely on what it says. Ask the holder \
             for the original file.",
        ],
        Finding::DamagedCopy => [
            "這個檔案是另存或列印的副本，電子簽章已經失去，無法證明內容。請向持有人索取學校寄發的原始 PDF 檔案。",
            "This is a copy that was saved anew or printed; its signature is lost and it proves \
             nothing. Ask the holder for the PDF that the school sent.",
        ],
        Finding::NotGenuine => [
            "本校沒有簽發過這個檔案。請確認是不是本校的證書，並向持有人索取學校寄發的原始 PDF 檔案。",
            "The school did not issue this file. Make sure that it is a certificate of this \
             school, and ask the holder for the PDF that the school sent.",
        ],
    };
    page.tongue.pick(zh, en)
}
