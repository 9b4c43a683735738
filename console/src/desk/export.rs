//! Lists as CSV that a spreadsheet opens right: UTF-8 with a byte order mark, CRLF, headers in
//! Chinese, and no cell that it would take for a formula.

use axum::body::Bytes;
use futures::{Stream, StreamExt, stream};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sealpress_ledger::{Certificate, Find, Ledger};
use std::io;

const HEAD: [&str; 15] = [
    "證書字號",
    "識別碼",
    "學號",
    "中文姓名",
    "英文姓名",
    "種類",
    "語言",
    "狀態",
    "學院",
    "系所",
    "學位",
    "證書日期",
    "證書日期（民國）",
    "生效時間",
    "投件檔名",
];

/// Everything that fits, newest first, read as it is sent.
pub(crate) fn csv(
    ledger: &Ledger,
    find: &Find,
    timezone: TimeZone,
) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    let pages = ledger.each_found(find).map(move |page| {
        let page = page.map_err(io::Error::other)?;
        let rows: Vec<_> = page.iter().map(|one| row(one, &timezone)).collect();
        Ok(written(&rows)?.into())
    });
    stream::once(async { head() }).chain(pages)
}

fn head() -> io::Result<Bytes> {
    Ok([b"\xef\xbb\xbf".as_slice(), &written(&[HEAD.map(str::to_owned)])?].concat().into())
}

fn row(certificate: &Certificate, timezone: &TimeZone) -> [String; 15] {
    let one = &certificate.certified;
    let archived =
        certificate.archived.as_ref().map(|file| file.at.to_zoned_datetime(timezone.clone()));
    let told = one.issued_on.as_deref().and_then(|date| date.parse::<Date>().ok());
    let date = told.or_else(|| archived.as_ref().map(|at| at.date()));
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        one.certificate_no.clone(),
        certificate.id.to_string(),
        one.student_no.clone(),
        or_empty(&one.name_zh),
        or_empty(&one.name_en),
        one.kind.zh().to_owned(),
        one.language.zh().to_owned(),
        certificate.status.zh().to_owned(),
        or_empty(&one.college),
        one.programme.clone(),
        one.degree.clone(),
        date.map(|date| date.to_string()).unwrap_or_default(),
        date.map(roc).unwrap_or_default(),
        archived.map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default(),
        certificate.drop_name.clone(),
    ]
    .map(cell)
}

fn roc(date: Date) -> String {
    format!("{}/{:02}/{:02}", i32::from(date.year()) - 1911, date.month(), date.day())
}

/// A cell that no spreadsheet runs: what would begin a formula is marked as text.
pub(crate) fn cell(text: String) -> String {
    // Excel in East Asia takes the wide signs for the narrow ones.
    let begins = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(begins) { format!("'{text}") } else { text }
}

/// Rows as CSV.
pub(crate) fn written<const N: usize>(rows: &[[String; N]]) -> io::Result<Vec<u8>> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(io::Error::other)?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_no_line_is_broken() {
        let row = ["=1+1", "王大明", "a,\"b\"", "＝1+1"].map(|text| cell(text.to_owned()));
        let text = String::from_utf8(written(&[row]).unwrap()).unwrap();
        assert_eq!(text, "'=1+1,王大明,\"a,\"\"b\"\"\",'＝1+1\r\n");
    }

    #[test]
    fn dates_stand_in_roc_years_too() {
        assert_eq!(roc(jiff::civil::date(2026, 6, 4)), "115/06/04");
    }
}
