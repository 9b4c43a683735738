//! Approve: what waits for a person's look, the picture beside the data, one or many at once.

use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use sealpress_ledger::{
    ApprovalCause, Certificate, CertificateId, Find, Reason, Student, WaitingFor,
};

use crate::desk::{Act, Undone};
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::{Page, Visitor, html};

/// Rows of a page: as many pictures as a person compares without tiring.
const PAGE: u32 = 10;

/// A certificate that waits, with what it is compared with.
struct Row {
    certificate: Certificate,
    cause: &'static str,
    fields: Vec<Field>,
}

/// One field, here and in the roster.
struct Field {
    label: &'static str,
    here: String,
    roster: String,
    differs: bool,
}

#[derive(Template)]
#[template(path = "approvals.html")]
struct ApprovalsPage<'a> {
    page: &'a Page,
    rows: Vec<Row>,
    more: bool,
    done: Option<String>,
    /// Certificate numbers with why they stay.
    refusals: Vec<(String, String)>,
}

/// Shows what waits.
pub(crate) async fn page(State(web): State<Web>, page: Page) -> Result<Response, Failure> {
    shown(&web, &page, None, Vec::new()).await
}

/// Approves or refuses what was ticked.
pub(crate) async fn decide(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let value = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let ids: Vec<CertificateId> =
        form.iter().filter(|(key, _)| key == "id").filter_map(|(_, id)| id.parse().ok()).collect();
    let refuses = value("act").is_some_and(|act| act == "refuse");
    let why = value("why").cloned().unwrap_or_default();
    let (mut done, mut refusals) = (0, Vec::new());
    for id in ids {
        let act = if refuses { Act::RefusePage { why: why.clone() } } else { Act::Approve };
        match web.desk.act(&visitor.person, &visitor.by, id, act).await {
            Ok(_) => done += 1,
            Err(Undone::Ledger(sealpress_ledger::LedgerError::NotPossible(reason))) => {
                refusals.push((number(&web, id).await?, words(&page, &reason)));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let words = match (done, refuses) {
        (0, _) => page.t("沒有勾選任何一件。", "Nothing was ticked.").to_owned(),
        (done, false) => format!("{}{done}", page.t("已核可件數：", "Approved: ")),
        (done, true) => format!("{}{done}", page.t("已退件件數：", "Refused: ")),
    };
    let words = Some(words).filter(|_| done > 0 || refusals.is_empty());
    shown(&web, &page, words, refusals).await
}

async fn shown(
    web: &Web,
    page: &Page,
    done: Option<String>,
    refusals: Vec<(String, String)>,
) -> Result<Response, Failure> {
    let ledger = &web.opened.ledger;
    let find = Find { waiting_for: Some(WaitingFor::Approval), limit: PAGE, ..Find::default() };
    let found = ledger.find(&find).await?;
    let mut rows = Vec::new();
    for certificate in found.certificates {
        let student = ledger.student(&certificate.certified.student_no).await?;
        let cause = certificate.approval.unwrap_or(ApprovalCause::Unreadable);
        rows.push(Row {
            cause: page.tongue.pick(cause.zh(), cause.en()),
            fields: fields(page, &certificate, student.as_ref()),
            certificate,
        });
    }
    html(&ApprovalsPage { page, rows, more: found.more, done, refusals })
}

async fn number(web: &Web, id: CertificateId) -> Result<String, Failure> {
    let certificate = web.opened.ledger.certificate(id).await?;
    Ok(certificate.map_or_else(|| id.to_string(), |one| one.certified.certificate_no))
}

fn words(page: &Page, reason: &Reason) -> String {
    page.t(&reason.message_zh, &reason.message_en).to_owned()
}

/// What is on record for the certificate, beside what the roster says now.
fn fields(page: &Page, certificate: &Certificate, student: Option<&Student>) -> Vec<Field> {
    let one = &certificate.certified;
    let degree = student.and_then(|student| {
        let fits = |degree: &&sealpress_ledger::Degree| {
            degree.programme == one.programme && degree.degree == one.degree
        };
        student.degrees.iter().find(fits)
    });
    let student_no = student.map(|student| student.student_no.clone());
    let number = degree.and_then(|degree| degree.certificate_no.clone());
    let pairs = [
        (["學號", "Student number"], Some(one.student_no.clone()), student_no),
        (
            ["中文姓名", "Name in Chinese"],
            one.name_zh.clone(),
            student.and_then(|s| s.name_zh.clone()),
        ),
        (
            ["英文姓名", "Name in English"],
            one.name_en.clone(),
            student.and_then(|s| s.name_en.clone()),
        ),
        (["生日", "Birthday"], None, student.and_then(|s| s.birthday.clone())),
        (["學院", "College"], one.college.clone(), degree.and_then(|d| d.college.clone())),
        (["系所", "Programme"], Some(one.programme.clone()), degree.map(|d| d.programme.clone())),
        (["學位", "Degree"], Some(one.degree.clone()), degree.map(|d| d.degree.clone())),
        (["證書字號", "Number"], Some(one.certificate_no.clone()), number),
    ];
    pairs
        .into_iter()
        .filter(|(_, here, roster)| here.is_some() || roster.is_some())
        .map(|([zh, en], here, roster)| Field {
            label: page.tongue.pick(zh, en),
            // Where one of the two is silent, there is nothing to compare.
            differs: here
                .as_ref()
                .zip(roster.as_ref())
                .is_some_and(|(here, roster)| here != roster),
            here: here.unwrap_or_else(|| "—".to_owned()),
            roster: roster.unwrap_or_else(|| "—".to_owned()),
        })
        .collect()
}
