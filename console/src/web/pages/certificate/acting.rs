//! The acts, each from its form to the desk and back to the certificate's page.

use axum::extract::{Form, Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use sealpress_ledger::{CertificateId, Grounds, LedgerError, Reason, Route};
use serde::Deserialize;

use super::{Refused, after_refusal};
use crate::desk::{Act, Undone};
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::gate::Caller;
use crate::web::page::{Page, Visitor};
use crate::web::pages::login::{origin, sentence};

#[derive(Deserialize)]
pub(crate) struct Why {
    why: String,
}

#[derive(Deserialize)]
pub(crate) struct Ground {
    reason: String,
    why: String,
    #[serde(default)]
    password: String,
}

#[derive(Deserialize)]
pub(crate) struct To {
    route: String,
    #[serde(default)]
    address: String,
}

/// What an act is done with.
type Doing = (State<Web>, Page, Visitor, Path<CertificateId>);

pub(crate) async fn approve(doing: Doing) -> Result<Response, Failure> {
    act(&doing, "approve", Act::Approve).await
}

pub(crate) async fn refuse(
    doing: Doing,
    Form(Why { why }): Form<Why>,
) -> Result<Response, Failure> {
    act(&doing, "refuse", Act::RefusePage { why }).await
}

pub(crate) async fn hand_over(doing: Doing) -> Result<Response, Failure> {
    act(&doing, "hand-over", Act::HandOver).await
}

pub(crate) async fn resend(
    doing: Doing,
    Form(To { route, address }): Form<To>,
) -> Result<Response, Failure> {
    let route = match route.as_str() {
        "personal" => Route::Personal,
        "school" => Route::School,
        "corrected" => Route::Corrected(address.trim().to_owned()),
        _ => Route::Roster,
    };
    act(&doing, "resend", Act::Resend { route }).await
}

pub(crate) async fn recall(
    doing: Doing,
    caller: Caller,
    Form(Ground { reason, why, password }): Form<Ground>,
) -> Result<Response, Failure> {
    let (State(web), page, visitor, Path(id)) = &doing;
    let refused = |why| Refused { path: "recall", why };
    let Ok(reason) = reason.parse() else {
        return after_refusal(web, page, *id, refused(choose(page))).await;
    };
    let grounds = match Grounds::new(reason, &why) {
        Ok(grounds) => grounds,
        Err(error) => return undone(&doing, "recall", error.into()).await,
    };
    let proof = match web.desk.reenter(&visitor.person, &password, origin(&caller)).await {
        Ok(proof) => proof,
        Err(error) => {
            let why = sentence(error, page)?;
            return after_refusal(web, page, *id, refused(why)).await;
        }
    };
    act(&doing, "recall", Act::Recall { grounds, proof }).await
}

pub(crate) async fn revoke(
    doing: Doing,
    Form(Ground { reason, why, .. }): Form<Ground>,
) -> Result<Response, Failure> {
    let (State(web), page, _, Path(id)) = &doing;
    let Ok(reason) = reason.parse() else {
        let refused = Refused { path: "revoke", why: choose(page) };
        return after_refusal(web, page, *id, refused).await;
    };
    match Grounds::new(reason, &why) {
        Ok(grounds) => act(&doing, "revoke", Act::Revoke { grounds }).await,
        Err(error) => undone(&doing, "revoke", error.into()).await,
    }
}

/// Takes the new page and gives it to the inbox, as the print system would.
pub(crate) async fn reissue(doing: Doing, mut form: Multipart) -> Result<Response, Failure> {
    let (State(web), _, visitor, Path(id)) = &doing;
    let (mut kind, mut pdf) = (None, None);
    while let Some(field) = form.next_field().await.map_err(|_| broken_upload())? {
        match field.name() {
            Some("kind") => kind = field.text().await.ok().and_then(|text| text.parse().ok()),
            Some("file") => pdf = Some(field.bytes().await.map_err(|_| broken_upload())?),
            _ => {}
        }
    }
    let (Some(kind), Some(pdf)) = (kind, pdf.filter(|pdf| !pdf.is_empty())) else {
        return Err(Failure::bad_request([
            "請選擇種類與 PDF 檔案。",
            "Choose the kind and the PDF file.",
        ]));
    };
    match web.desk.reissue(&visitor.person, &visitor.by, *id, kind, &pdf).await {
        Ok(drop) => Ok(Redirect::to(&format!("/drops/{drop}")).into_response()),
        Err(error) => undone(&doing, "reissue", error).await,
    }
}

async fn act(doing: &Doing, path: &'static str, act: Act) -> Result<Response, Failure> {
    let (State(web), _, visitor, Path(id)) = doing;
    match web.desk.act(&visitor.person, &visitor.by, *id, act).await {
        Ok(_) => Ok(Redirect::to(&format!("/certificates/{id}?done={path}")).into_response()),
        Err(error) => undone(doing, path, error).await,
    }
}

/// An act that was not done: where the person can mend it, their page with the reason.
async fn undone(doing: &Doing, path: &'static str, error: Undone) -> Result<Response, Failure> {
    let (State(web), page, _, Path(id)) = doing;
    match error {
        Undone::Ledger(LedgerError::NotPossible(reason)) => {
            after_refusal(web, page, *id, Refused { path, why: words(page, &reason) }).await
        }
        error => Err(error.into()),
    }
}

fn words(page: &Page, reason: &Reason) -> String {
    let message = page.t(&reason.message_zh, &reason.message_en);
    format!("{message} {}", page.t(&reason.hint_zh, &reason.hint_en))
}

fn choose(page: &Page) -> String {
    page.t("請選擇事由。", "Choose a ground.").to_owned()
}

fn broken_upload() -> Failure {
    Failure::new(
        StatusCode::BAD_REQUEST,
        ["檔案沒有完整上傳，或超過大小上限。", "The file did not arrive whole, or is too large."],
        ["請確認檔案後再上傳一次。", "Check the file, and upload it again."],
    )
}
